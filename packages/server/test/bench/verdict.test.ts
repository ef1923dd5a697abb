import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerFigures } from '../../src/bench/figures.ts'
import { type Culprit, type Seen, verdictOf } from '../../src/bench/verdict.ts'

/** Ten seconds of a server with two CPUs and one replica in which nothing is at its limit. */
const quiet: ServerFigures = {
  seconds: 10,
  runs: 1000,
  rows: 4000,
  inferSeconds: 2,
  transformSeconds: 0,
  transportSeconds: 0.5,
  replicas: 1,
  refused: 0,
  reasons: { idle: 1000 },
  httpProcesses: 1,
  http: { cpuSeconds: 2, waitSeconds: 0.1 },
  workers: { cpuSeconds: 2, waitSeconds: 0.1 },
  loopBusySeconds: 2.5,
  machineBusySeconds: 6,
  stolenSeconds: 0,
  throttledSeconds: 0,
  cpus: 2,
}
const seen: Seen = {
  phases: { decode: 0.01, queue: 0.1, transport: 0.1, infer: 2, encode: 0.01 },
  p50: 2.5,
  roundTripMs: 0.3,
  client: { loopBusy: 0.3, cpu: 0.2, beside: true },
  saturated: true,
  failures: 0,
  server: quiet,
}
const withServer = (figures: Partial<ServerFigures>, more: Partial<Seen> = {}): Seen => ({
  ...seen,
  ...more,
  server: { ...quiet, ...figures },
})

const TABLE: readonly (readonly [what: string, seen: Seen, culprit: Culprit])[] = [
  ['nothing at its limit', seen, 'nothing'],
  ['a generator without time left', { ...seen, client: { ...seen.client, loopBusy: 0.97 } }, 'client'],
  ['a busy generator that offers less than it could', { ...seen, saturated: false, client: { ...seen.client, loopBusy: 0.97 } }, 'nothing'],
  ['a replica that always runs the model', withServer({ inferSeconds: 9.5 }), 'model'],
  ['replicas of which one idles', withServer({ inferSeconds: 9.5, replicas: 2 }), 'nothing'],
  ['a replica that decodes pictures all the time', withServer({ inferSeconds: 1, transformSeconds: 8.5 }), 'transform'],
  ['runs that are mostly on their way', withServer({ inferSeconds: 1, transportSeconds: 8.5 }), 'transport'],
  ['an event loop without time left', withServer({ loopBusySeconds: 9.5 }), 'http'],
  ['an event loop without time left, and a long way because of it', withServer({ loopBusySeconds: 9.5, transportSeconds: 9 }), 'http'],
  ['four HTTP processes with time left in each', withServer({ httpProcesses: 4, http: { cpuSeconds: 16, waitSeconds: 0.1 } }), 'nothing'],
  ['two HTTP processes without time left', withServer({ httpProcesses: 2, http: { cpuSeconds: 18, waitSeconds: 0.1 } }), 'http'],
  [
    'others on the CPUs',
    withServer({ machineBusySeconds: 19, http: { cpuSeconds: 3, waitSeconds: 4 }, workers: { cpuSeconds: 3, waitSeconds: 3 } }),
    'cpu',
  ],
  [
    'CPUs that only this test fills',
    withServer({
      inferSeconds: 9.5,
      machineBusySeconds: 11,
      http: { cpuSeconds: 3, waitSeconds: 4 },
      workers: { cpuSeconds: 6, waitSeconds: 4 },
    }),
    'model',
  ],
  [
    'others on the CPUs that nobody misses',
    withServer({ machineBusySeconds: 19, http: { cpuSeconds: 0.2, waitSeconds: 0.2 }, workers: { cpuSeconds: 0.2, waitSeconds: 0.2 } }),
    'nothing',
  ],
  ['a quota that stops it', withServer({ throttledSeconds: 4, inferSeconds: 9.5 }), 'cpu'],
  ['rows that wait for company', withServer({ reasons: { delay: 900, full: 100 } }, { phases: { queue: 5, infer: 2 } }), 'queue'],
  ['a queue that is too short', withServer({ refused: 50 }, { failures: 50, firstFailure: 'status 503: …' }), 'queue'],
  ['a long way to the server', { ...seen, p50: 52, roundTripMs: 50 }, 'network'],
]

for (const [what, given, culprit] of TABLE)
  test(`${what}: ${culprit}`, () => {
    const verdict = verdictOf(given)
    assert.equal(verdict.culprit, culprit)
    assert.ok(verdict.evidence.length > 0 && verdict.advice.length > 0)
    assert.doesNotMatch([verdict.sentence, ...verdict.evidence, ...verdict.advice].join('\n'), /NaN|undefined|Infinity/)
  })

test('a server that tells nothing is not blamed', () => {
  const { server: _, ...silent } = seen
  assert.equal(verdictOf(silent).culprit, 'unknown')
})
