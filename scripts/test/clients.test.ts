import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CLIENTS, type Client } from '../clients/catalog.ts'
import { dependenciesOf } from '../clients/environment.ts'
import { type Finding, readChecks, sameNumbers, versionOf } from '../clients/prove.ts'
import { clientRows, withProofs } from '../clients/tables.ts'
import { inRoot } from '../workspace.ts'

const FOLDER = inRoot('packages', 'server', 'test', 'clients')
const client: Client = { script: 'a.py', name: 'tool `X`', proves: [{ dialect: 'D', routes: '`/d`' }], asks: () => [] }
const found = (more: Partial<Finding> = {}): Finding => ({ client, version: 'tool 1', checks: 2, failures: [], ...more })

test('every script is in the catalog, every entry has its script, and each pins what it needs', () => {
  const scripts = readdirSync(FOLDER).filter((name) => name.endsWith('.py') && name !== 'proof.py')
  assert.deepEqual(scripts.toSorted(), CLIENTS.map(({ script }) => script).toSorted())
  for (const { script, name } of CLIENTS) {
    const dependencies = dependenciesOf(readFileSync(`${FOLDER}/${script}`, 'utf8'))
    assert.match(versionOf({ ...client, name }, dependencies), /^[\w.-]+ \d/, script)
    assert.ok(
      dependencies.some((one) => one.startsWith('onnxruntime==')),
      script,
    )
  }
})

test('a script without a block of dependencies is refused', () => {
  assert.throws(() => dependenciesOf('import numpy\n'), /"# \/\/\/ script" block/)
})

test('the lines of a script are counted, whatever else a client prints', () => {
  const printed = 'warning: ok\nok      a\nFAILED  b: why\nnumbers [0.5, 1]\n'
  assert.deepEqual(readChecks(printed), { checks: 2, failures: ['b: why'], numbers: [0.5, 1] })
})

test('numbers are the same when they are the same FP32, however a client writes them', () => {
  assert.ok(sameNumbers([found({ numbers: [0.1] }), found({ numbers: [0.10000000149011612] }), found()]))
  assert.ok(!sameNumbers([found({ numbers: [0.1] }), found({ numbers: [0.1000001] })]))
  assert.ok(!sameNumbers([found()]), 'nobody got any')
})

test('the table says what failed, what was skipped and whether the numbers agree', () => {
  const rows = clientRows([found({ numbers: [1] }), found({ failures: ['x'] }), found({ skipped: 'no PyPI', checks: 0 })])
  assert.deepEqual(
    rows.map((row) => row.at(-1)),
    ['ok', '1 failed', 'skipped', 'ok'],
  )
  assert.equal(clientRows([found()]).length, 1)
})

test('the page gets one row for each dialect that a client proved, between its marks', () => {
  const page = readFileSync(inRoot('docs', 'dialects.md'), 'utf8')
  const written = withProofs(page, [found(), found({ version: 'other 2', failures: ['x'] })])
  assert.match(written, /\| D \| `\/d` \| tool `X`, 1 \|/)
  assert.doesNotMatch(written, /other 2/)
  assert.equal(withProofs(written, [found()]), written)
  assert.throws(() => withProofs('no marks', []), /has no/)
})
