import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../../scripts/requirement.ts'
import { readMachine } from '../../src/base/machine.ts'
import { checks } from '../../src/cli/checks/catalog.ts'
import type { Check, CheckContext, Finding } from '../../src/cli/checks/check.ts'
import { loadNative } from '../../src/cli/checks/native-module.ts'
import { loadConfig } from '../../src/config/load.ts'
import { slipway } from './run-command.ts'

const context = async (changes: Partial<CheckContext> = {}): Promise<CheckContext> => ({
  paths: [],
  machine: readMachine(),
  config: await loadConfig({ env: {}, flags: { port: 0 } }),
  ...changes,
})
const named = (name: string) => checks.find((check) => check.name === name) as Check

test('every check that is not content says what, why and what to do next', async () => {
  const poor = await context({
    config: new Error('slipway.yaml, line 1: prot is not a setting; did you mean port?'),
    machine: { cpus: 0.5, cpusFrom: 'control group quota', memoryBytes: 256e6, memoryFrom: 'control group limit' },
    paths: [join(tmpdir(), 'slipway-has-no-such-model.onnx')],
  })
  const findings = new Map<string, Finding>()
  for (const name of ['Processors', 'Memory', 'Configuration', 'Models']) findings.set(name, await named(name).run(poor))
  assert.deepEqual(
    [...findings].map(([name, { status }]) => [name, status]),
    [
      ['Processors', 'warning'],
      ['Memory', 'warning'],
      ['Configuration', 'failed'],
      ['Models', 'failed'],
    ],
  )
  for (const finding of findings.values()) {
    assert.ok(finding.status !== 'ok')
    for (const part of [finding.what, finding.why, finding.next]) assert.ok(part.length > 8, JSON.stringify(finding))
  }
  assert.match(findings.get('Processors')?.what ?? '', /^0\.5 of \d+ processors usable \(control group quota\)$/)
})

test('more connections than open files allow is a warning with the limit to set', async () => {
  const config = await loadConfig({ env: {}, flags: { 'http.maxConnections': 2 ** 30 } })
  const finding = await named('Open files').run(await context({ config }))
  if (process.platform === 'win32') return assert.equal(finding.status, 'ok')
  assert.equal(finding.status, 'warning')
  assert.match('next' in finding ? finding.next : '', new RegExp(`^ulimit -n ${2 ** 30 + 256} `))
})

test('an address that is not of this machine is no port to listen on', async () => {
  const config = await loadConfig({ env: {}, flags: { host: '192.0.2.1', port: 18704 } })
  const finding = await named('Port').run(await context({ config }))
  assert.equal(finding.status, 'failed')
  assert.match(finding.what, /192\.0\.2\.1:18704 cannot be listened on/)
})

test('a native module that does not load is told by its own words', async () => {
  await assert.rejects(loadNative('slipway-no-such-module'), /Cannot find module 'slipway-no-such-module'/)
})

test('a temporary folder too deep for sockets fails the doctor', { skip: process.platform === 'win32' }, async () => {
  const root = await mkdtemp(join(tmpdir(), 'slipway-test-'))
  try {
    const deep = join(root, 'd'.repeat(100))
    await mkdir(deep)
    const { code, stdout } = await slipway(['doctor', '--port', '0', '--json'], { env: { TMPDIR: deep } })
    assert.equal(code, 1)
    const found = (JSON.parse(stdout).checks as { name: string; status: string; next: string }[]).find(
      ({ name }) => name === 'Temporary folder',
    )
    assert.equal(found?.status, 'failed')
    assert.equal(found?.next, 'TMPDIR=/tmp slipway serve …')
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

test('a provider without its files is a failure for who must have it, and a warning for who can do without', needs('linux'), async () => {
  const found = async (...names: readonly string[]) => {
    const config = await loadConfig({ env: {}, flags: { 'replicas.providers': names } })
    return named('Execution providers').run(await context({ config }))
  }
  assert.equal((await found('cpu')).status, 'ok')
  const strict = await found('fake')
  assert.equal(strict.status, 'failed')
  assert.match(strict.what, /^fake lacks 1 of its 1 files; a model that must run by it is refused$/)
  assert.ok('why' in strict && 'next' in strict)
  assert.match(strict.why, /libonnxruntime_providers_fake\.so \(of onnxruntime-node\)[\s\S]*looked in \/.*onnxruntime-node/)
  assert.match(strict.next, /ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node/)
  assert.equal((await found('fake', 'cpu')).status, 'warning')
})

test('a model’s own providers are looked at, too', needs('linux'), async () => {
  const home = await mkdtemp(join(tmpdir(), 'slipway-'))
  try {
    await mkdir(join(home, 'm', '1'), { recursive: true })
    await writeFile(join(home, 'm', '1', 'model.onnx'), 'read by another check')
    await writeFile(join(home, 'm', 'model.yaml'), 'replicas: { providers: [fake] }\n')
    assert.equal((await named('Execution providers').run(await context({ paths: [home] }))).status, 'failed')
  } finally {
    await rm(home, { recursive: true })
  }
})
