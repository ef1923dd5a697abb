import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sample } from '../../peers/sample.ts'
import { summarize } from '../../peers/summary.ts'
import { type Measured, peerVerdicts } from '../../peers/targets.ts'

const load = (perSecond: number, connections = 32) => ({ connections, perSecond, p50: 1, p99: 2, failures: 0 })
const sample = (contender: string, round: number, perSecond: number, more: Partial<Sample> = {}): Sample => ({
  contender,
  case: 'digits',
  round,
  loads: [load(perSecond)],
  ...more,
})

test('the summary of a contender is the median of its rounds, with their spread, all failures and the first fault', () => {
  const samples: Sample[] = [
    sample('node', 1, 100, { memory: 5, firstAnswerMs: 900 }),
    sample('node', 2, 80, { memory: 7 }),
    { contender: 'node', case: 'digits', round: 3, loads: [], fault: 'no answer' },
    { contender: 'node', case: 'digits', round: 4, loads: [{ ...load(110), failures: 3, batch: 4 }] },
    sample('other', 1, 9),
  ]
  assert.deepEqual(summarize(samples, 'node', 'digits'), {
    contender: 'node',
    case: 'digits',
    loads: [{ connections: 32, perSecond: 100, spread: 0.2, p50: 1, p99: 2, failures: 3, batch: 4 }],
    firstAnswerMs: 900,
    memory: 6,
    fault: 'no answer',
  })
  assert.equal(summarize(samples, 'node', 'mlp'), undefined)
})

const contenders: Measured['contenders'] = [
  { name: 'node', title: 'Slipway on Node', kind: 'ours' },
  { name: 'bun', title: 'Slipway on Bun', kind: 'ours' },
  { name: 'fastapi', title: 'FastAPI', kind: 'documented' },
  { name: 'tuned', title: 'FastAPI tuned', kind: 'tuned' },
  { name: 'triton', title: 'Triton', kind: 'native' },
]

test('ratios are taken of the best peer of a kind: documented, any Python, and no native server', () => {
  const samples = [
    sample('node', 1, 500),
    sample('bun', 1, 700),
    sample('fastapi', 1, 100),
    sample('tuned', 1, 150),
    sample('triton', 1, 9000),
  ]
  const told = peerVerdicts({ contenders, samples, bare: [] })
  assert.deepEqual(
    told.map(({ measured, met }) => [measured, met]),
    [
      ['5.00 × (FastAPI)', true],
      ['7.00 × (FastAPI)', false],
      ['3.33 × (FastAPI tuned)', true],
      ['4.67 × (FastAPI tuned)', true],
    ],
  )
})

test('what was not measured is neither met nor missed', () => {
  const told = peerVerdicts({ contenders, samples: [sample('node', 1, 500)], bare: [] })
  assert.deepEqual(
    told.map(({ measured, met }) => [measured, met]),
    Array.from({ length: 4 }, () => ['not measured', undefined]),
  )
})

test('a heavy model is held against bare onnxruntime of the same round, at whatever number of connections ours is best', () => {
  const heavy = (round: number, rates: readonly number[]): Sample => ({
    contender: 'node',
    case: 'mobilenet',
    round,
    loads: rates.map((rate, index) => load(rate, index + 1)),
  })
  const bare = (round: number, perSecond: number, queueP99: number, p99: number) => ({
    case: 'mobilenet' as const,
    round,
    best: { sessions: 1, threads: 2, batch: 4 },
    perSecond,
    queueP99,
    ours: { node: { p99, failures: 0 } },
  })
  const measured = { contenders, samples: [heavy(1, [90, 96]), heavy(2, [80, 50])], bare: [bare(1, 100, 10, 12), bare(2, 100, 10, 14)] }
  const [share, tail] = peerVerdicts(measured)
  assert.deepEqual([share?.measured, share?.met], ['88 %', false])
  assert.deepEqual([tail?.measured, tail?.met], ['1.30 ×', true])
})
