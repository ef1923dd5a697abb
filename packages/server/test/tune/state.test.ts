import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTuneState } from '../../src/tune/state.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const KEY = { digest: 'sha256:1', target: 20 }
const FIGURES = {
  rowsPerSecond: 1,
  p50Ms: 1,
  p99Ms: 2,
  meanRows: 1,
  meets: true,
  points: [{ clients: 1, rowsPerSecond: 1, p50Ms: 1, p99Ms: 2, meanRows: 1 }],
}

test('trials are there after each of them, for a run that goes on', async () => {
  const path = join(await temporaryFolder(), 'tune', 'a.json')
  const first = await openTuneState(path, KEY, 'anew')
  await first.put('look: 1 × 1', FIGURES)
  await first.put('look: 2 × 1', null)
  const second = await openTuneState(path, { ...KEY }, 'resume')
  assert.deepEqual([second.count, second.get('look: 1 × 1'), second.get('look: 2 × 1'), second.get('other')], [2, FIGURES, null, undefined])
  assert.equal((await openTuneState(path, KEY, 'anew')).count, 0)
})

test('nothing to go on from, trials of other conditions and broken files are told apart', async () => {
  const path = join(await temporaryFolder(), 'a.json')
  const resumed = (key = KEY) => openTuneState(path, key, 'resume')
  await assert.rejects(resumed(), { code: 'FAILED_PRECONDITION', message: /no interrupted run of this model/ })
  await (await openTuneState(path, KEY, 'anew')).put('a', FIGURES)
  await assert.rejects(resumed({ ...KEY, target: 5 }), { message: /made under another target; start without --resume/ })
  await writeFile(path, (await readFile(path, 'utf8')).slice(0, 40))
  await assert.rejects(resumed(), { message: /cannot be read; start without --resume/ })
})
