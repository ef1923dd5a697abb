import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Connection, Connector } from '../../src/bench/connection.ts'
import { Generator } from '../../src/bench/generator.ts'
import { Latencies } from '../../src/bench/latencies.ts'
import type { Load, WindowReport } from '../../src/bench/load-plan.ts'
import { type FakeClock, fakeClock } from '../support/clock.ts'

/** A server in which each connection answers after `takesMs()`. */
function fakeServer(clock: FakeClock, takesMs: () => number, answer: Answer = {}): Connector {
  return {
    prepare: ({ body }) => Buffer.from(body),
    connect: (onFree) => {
      let busy = false
      const connection: Connection = {
        get free() {
          return !busy
        },
        ask: (_, done) => {
          busy = true
          clock.after(takesMs(), () => {
            busy = false
            done(answer)
            if (!busy) onFree(connection)
          })
        },
        close: () => undefined,
      }
      clock.after(0, () => onFree(connection))
      return connection
    },
  }
}

async function run(load: Load, connectorFor: (clock: FakeClock) => Connector, windows = 2): Promise<readonly WindowReport[]> {
  const clock = fakeClock()
  const seen: WindowReport[] = []
  const generator = new Generator(
    {
      origin: 'http://test',
      transport: 'http',
      requests: [{ path: '/', headers: {}, body: '' }],
      load,
      warmUpMs: 100,
      windowMs: 200,
      windows,
    },
    { clock, connector: connectorFor(clock), usage: () => ({ loopBusy: 0, cpuSeconds: 0 }), onWindow: (window) => seen.push(window) },
  )
  const ended = generator.run()
  await clock.advance(100 + windows * 200 + 10)
  await ended
  return seen
}

test('a closed loop asks again as soon as it is answered', async () => {
  const [window] = await run({ kind: 'closed', connections: 4 }, (clock) => fakeServer(clock, () => 10))
  assert.equal(window?.answered, 80)
  assert.ok(Math.abs(Latencies.parse(window?.latencies ?? '').quantile(0.5) - 10) < 0.2)
})

test('an open loop offers its rate whatever the server does, and whoever waits in line is counted from when he came', async () => {
  // One connection of 10 ms can answer 100 a second; twice that is offered, so the line grows.
  const load: Load = { kind: 'open', perSecond: 200, connections: 1, seed: 3 }
  const [first, second] = await run(load, (clock) => fakeServer(clock, () => 10))
  const middle = (window: WindowReport | undefined) => Latencies.parse(window?.latencies ?? '').quantile(0.5)
  assert.ok((first?.answered ?? 0) <= 21)
  assert.ok(middle(first) > 50, `${middle(first)} ms`)
  assert.ok(middle(second) > middle(first) + 50)
  assert.ok((second?.waitingMost ?? 0) > (first?.waitingMost ?? 0))
})

test('a stall is charged for everybody who came meanwhile, not only for the one that was asked', async () => {
  let asked = 0
  // The 20th answer stalls all there is for 150 ms.
  const stalling = (clock: FakeClock) =>
    fakeServer(clock, () => {
      asked += 1
      return asked === 20 ? 150 : 1
    })
  const windows = await run({ kind: 'open', perSecond: 100, connections: 1, seed: 5 }, stalling)
  const late = windows.flatMap((window) => Latencies.parse(window.latencies).buckets()).filter(({ fromMs }) => fromMs > 20)
  assert.ok(late.reduce((sum, { count }) => sum + count, 0) >= 5)
})

test('failures are counted apart, with the first one', async () => {
  const [window] = await run({ kind: 'closed', connections: 1 }, (clock) => fakeServer(clock, () => 10, { fault: 'status 503' }))
  assert.equal(window?.answered, 0)
  assert.equal(window?.failed, 20)
  assert.equal(window?.firstFailure, 'status 503')
})
