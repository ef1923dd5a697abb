/** Hot reload: 50 swaps under constant load, by new version folders and by changed files, without one failed request. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FIXTURES, type SlipwayProcess, startSlipway, until } from '../support/e2e/slipway-process.ts'
import { Traffic } from '../support/e2e/traffic.ts'

const SWAPS = 50
const CALLERS = 8
const ORIGINAL = readFileSync(join(FIXTURES, 'echo.onnx'))

interface Serving {
  readonly serving?: string
  readonly versions: readonly { readonly version: string; readonly state: string; readonly digest: string }[]
}

/** The same model in other octets: a doc_string (field 6 of ModelProto) is added, or replaces the one before. */
function variant(number: number): Buffer {
  const text = Buffer.from(`variant ${number}`)
  return Buffer.concat([ORIGINAL, Buffer.from([(6 << 3) | 2, text.length]), text])
}

/** Writes a version as a careful person does: aside first, then moved into place. */
function publish(model: string, version: number, contents: Buffer): void {
  const folder = join(model, String(version))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'aside.tmp'), contents)
  renameSync(join(folder, 'aside.tmp'), join(folder, 'model.onnx'))
}

async function digestServing(slipway: SlipwayProcess): Promise<string> {
  const answer = await fetch(`${slipway.url}/api/v1/models/moving`)
  const { serving, versions } = (await answer.json()) as Serving
  const found = versions.find(({ version, state }) => version === serving && state === 'ready')
  return `${serving} ${found?.digest}`
}

test('no request fails in 50 swaps under constant load', async (context) => {
  const repository = mkdtempSync(join(tmpdir(), 'slipway-swaps-'))
  const model = join(repository, 'moving')
  publish(model, 1, variant(0))
  const slipway = await startSlipway({ paths: [repository], env: { SLIPWAY_RELOAD_POLLMS: '50' } })
  const traffic = new Traffic(slipway.url, 'moving')
  let over = false
  const load = traffic.closedLoop(CALLERS, () => over)
  try {
    let version = 1
    for (let swap = 1; swap <= SWAPS; swap += 1) {
      const before = await digestServing(slipway)
      // Odd swaps bring a new version, even ones change the newest version's file.
      if (swap % 2 === 1) version += 1
      publish(model, version, variant(swap))
      await until(async () => (await digestServing(slipway)) !== before, `swap ${swap}`)
      const answered = traffic.outcomes.length
      await until(() => traffic.outcomes.length > answered + CALLERS, `answers after swap ${swap}`)
    }
  } finally {
    over = true
    await load
    traffic.close()
    assert.equal(await slipway.stop(), 0, slipway.printed())
    rmSync(repository, { recursive: true })
  }
  const versions = new Set(traffic.outcomes.map(({ servedBy }) => servedBy))
  context.diagnostic(`${traffic.outcomes.length} answers from ${versions.size} versions`)
  assert.deepEqual(traffic.faults, [])
  assert.equal(versions.size, SWAPS / 2 + 1, 'every version has answered')
})
