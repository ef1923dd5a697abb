/** A mark that was acknowledged outlives the server that took it, whatever runs that server. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Slipway } from '@slipway/client'
import { needs } from '../../../../scripts/requirement.ts'
import { findBun } from '../../../../scripts/runtimes.ts'
import { slipway } from '../cli/run-command.ts'
import { FIXTURES, startSlipway } from '../support/e2e/slipway-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const INPUT = {
  a: { datatype: 'INT64', shape: [1], data: [1] },
  b: { datatype: 'INT64', shape: [1], data: [2n ** 62n] },
} as const

async function outlivesTheServer(engine: string): Promise<void> {
  const folder = await temporaryFolder()
  const url = join(folder, '.slipway', 'slipway.db')
  const server = await startSlipway({ paths: [join(FIXTURES, 'int64-sum.onnx')], env: { SLIPWAY_STORE_URL: url }, engine })
  const ids: string[] = []
  try {
    const model = new Slipway(server.url).model('int64-sum')
    const answer = await model.answer(INPUT)
    assert.equal(existsSync(url), false)
    for (const verdict of ['right', 'wrong', 'right'] as const) ids.push((await model.feedback({ input: INPUT, answer, verdict })).id)
  } finally {
    await server.kill()
  }
  const out = join(folder, 'marked.jsonl')
  const { code, stderr } = await slipway(['feedback', 'export', '-m', 'int64-sum', '-o', out], { env: { SLIPWAY_STORE_URL: url } })
  assert.equal(code, 0, stderr)
  const lines = readFileSync(out, 'utf8').trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).id),
    ids,
  )
  for (const line of lines) assert.match(line, /"data":\[4611686018427387905\]/)
}

test('marks are there after the server was killed', () => outlivesTheServer(process.execPath))

test('marks are there after the server was killed under Bun', needs('bun'), () => outlivesTheServer(findBun() as string))
