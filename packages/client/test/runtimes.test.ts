import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { needs } from '../../../scripts/requirement.ts'
import { findBun, findOldNode } from '../../../scripts/runtimes.ts'
import { bundleForBrowser } from './support/bundle.ts'
import { answer, inTurn, startTestServer } from './support/test-server.ts'
import { ECHO, v2 } from './support/v2-behaviour.ts'

/** Uses what differs most between engines: fetch, aborts, timers, Blob, 64-bit integers, text. */
const PROGRAM = `
import { Slipway, SlipwayError } from './client.js'
const [url] = process.argv.slice(2)
const model = new Slipway(url, { retry: { firstDelayMs: 1 } }).model('echo')
const { rows, ids, text, half } = await model.predict({
  rows: [[1, 2.5, -0, NaN]], ids: [2n ** 62n], text: 'h\\u00e9', half: { datatype: 'FP16', shape: [1], data: [0.5] },
})
const { image } = await model.predict({ image: new Blob([new Uint8Array([255, 1])]) }, { binary: false })
const aborted = await model.predict({ rows: [[1]] }, { signal: AbortSignal.abort() }).catch((error) => error)
const unreached = await new Slipway('http://127.0.0.1:9', { retry: { attempts: 1 } }).models().catch((error) => error)
console.log(JSON.stringify({
  rows: Array.from(rows.data, String), ids: String(ids.data[0]), text: text.data, half: half.data[0], image: [...image.bytes[0]],
  aborted: aborted.code, unreached: SlipwayError.is(unreached, 'NETWORK'),
}))
`
const EXPECTED = {
  rows: ['1', '2.5', '0', 'NaN'],
  ids: String(2n ** 62n),
  text: ['hé'],
  half: 0.5,
  image: [255, 1],
  aborted: 'ABORTED',
  unreached: true,
}

const folder = mkdtempSync(join(tmpdir(), 'slipway-client-'))
before(async () => {
  const entry = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const { code } = await bundleForBrowser(entry, 'readable')
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  writeFileSync(join(folder, 'client.js'), code)
  writeFileSync(join(folder, 'program.js'), PROGRAM)
})
after(() => rmSync(folder, { recursive: true }))

async function run(command: string | undefined): Promise<unknown> {
  assert.ok(command)
  await using server = await startTestServer(inTurn(answer(503, { error: 'busy' }), v2(ECHO)))
  const { stdout } = await promisify(execFile)(command, [join(folder, 'program.js'), server.url], { timeout: 30_000 })
  return JSON.parse(stdout)
}

test('the client runs on an older Node', needs('old node'), async () => {
  assert.deepEqual(await run(findOldNode()), EXPECTED)
})

test('the client runs on this Node', async () => {
  assert.deepEqual(await run(process.execPath), EXPECTED)
})

test('the client runs on Bun', needs('bun'), async () => {
  assert.deepEqual(await run(findBun()), EXPECTED)
})
