import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Evaluate, mostTrials, type Space, search } from '../../src/tune/search.ts'
import { type Figures, type Setting, settingName } from '../../src/tune/setting.ts'

const SPACE: Space = {
  defaults: { replicas: 1, threads: 2, maxRows: 64, maxDelayMs: 0 },
  shapes: [
    { replicas: 2, threads: 1 },
    { replicas: 1, threads: 1 },
    { replicas: 1, threads: 2 },
  ],
  rows: [1, 8, 64],
  delaysMs: [0, 2],
}

const figures = (rowsPerSecond: number, p99Ms = 10, meets = true): Figures => ({
  rowsPerSecond,
  p50Ms: 1,
  p99Ms,
  meanRows: 1,
  meets,
  points: [],
})

/** Searches where each setting gives what `of` says, and lists what was tried. */
async function searched(of: (setting: Setting, round: number) => Figures | undefined, space = SPACE) {
  const tried: string[] = []
  const evaluate: Evaluate = async (setting, stage) => {
    const round = stage.kind === 'final' ? stage.round : -1
    tried.push(`${stage.kind === 'final' ? `${stage.round}: ` : ''}${settingName(setting)}`)
    return of(setting, round)
  }
  return { found: await search(space, evaluate), tried }
}

/** Two replicas are better by a third, eight rows by a half. */
const model = ({ replicas, maxRows, maxDelayMs }: Setting) =>
  figures(100 * (replicas === 2 ? 1.33 : 1) * (maxRows === 8 ? 1.5 : 1) * (maxDelayMs === 0 ? 1 : 0.9))

test('the best of every axis is found, beside the defaults in the same rounds', async () => {
  const { found, tried } = await searched(model)
  assert.equal(settingName(found.finalists[0]?.setting as Setting), '2 × 1, 8 rows')
  assert.equal(Math.round(found.finalists[0]?.figures.rowsPerSecond ?? 0), 200)
  assert.equal(settingName(found.defaults?.setting as Setting), '1 × 2, 64 rows')
  const finals = tried.filter((name) => /^\d: /.test(name))
  assert.deepEqual(
    finals.slice(0, 4).map((name) => name.slice(3)),
    finals.slice(4, 8).map((name) => name.slice(3)),
  )
  assert.ok(finals.slice(0, 4).includes('0: 1 × 2, 64 rows'))
})

test('no setting is looked at twice, and there are no more trials than were said', async () => {
  const { tried } = await searched(model)
  assert.equal(new Set(tried).size, tried.length)
  assert.ok(tried.length <= mostTrials(SPACE), `${tried.length} of ${mostTrials(SPACE)}`)
})

test('throughput past the target counts for nothing beside any within it', async () => {
  const { found } = await searched(({ replicas }) => (replicas === 2 ? figures(500, 80, false) : figures(100)))
  assert.deepEqual([found.finalists[0]?.setting.replicas, found.finalists[0]?.figures.meets], [1, true])
})

test('when none is within the target, the nearest comes first', async () => {
  const { found } = await searched(({ replicas, threads }) => figures(500, replicas === 1 && threads === 1 ? 30 : 60, false))
  assert.deepEqual([found.finalists[0]?.figures.p99Ms, found.finalists[0]?.figures.meets], [30, false])
})

test('the median of the rounds decides, so one round that was disturbed does not', async () => {
  const { found } = await searched((setting, round) => (round === 1 ? figures(5, 500, false) : model(setting)))
  assert.equal(settingName(found.finalists[0]?.setting as Setting), '2 × 1, 8 rows')
  assert.equal(found.finalists[0]?.figures.meets, true)
})

test('a setting that does not open is passed over', async () => {
  const { found } = await searched((setting) => (setting.replicas === 2 ? undefined : model(setting)))
  assert.ok(found.finalists.every(({ setting }) => setting.replicas === 1))
  assert.deepEqual((await searched(() => undefined)).found, { finalists: [], defaults: undefined })
})
