import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServeError, Tensors } from '@slipway/protocol'
import type { Exit } from '../../src/base/process.ts'
import { type Carrier, LinkLost, type RunResult, type WorkerSpec } from '../../src/replicas/carrier.ts'
import { type Fleet, Pool } from '../../src/replicas/pool.ts'
import type { Death } from '../../src/replicas/replica.ts'
import { fakeClock, settle } from '../support/clock.ts'
import { rows } from '../support/worker-spec.ts'

interface FakeRun {
  readonly parts: readonly Tensors[]
  answer(): void
}
interface FakeWorker {
  readonly runs: FakeRun[]
  killed: boolean
  dead: boolean
  die(exit?: Exit): void
}

/** Workers whose runs are answered, and whose deaths are decided, by the test. */
function fakeCarrier(options: { opens?: () => boolean | 'hangs' } = {}): Carrier & { readonly workers: FakeWorker[] } {
  const workers: FakeWorker[] = []
  return {
    name: 'process',
    workers,
    spawn: async () => {
      const ended = Promise.withResolvers<Exit>()
      const lost: (() => void)[] = []
      const worker: FakeWorker & { lost: (() => void)[] } = {
        runs: [],
        lost,
        killed: false,
        dead: false,
        die: (exit = { code: null, signal: 'SIGSEGV' }) => {
          worker.dead = true
          ended.resolve(exit)
          for (const lose of lost) lose()
        },
      }
      workers.push(worker)
      const kill = () => {
        worker.killed = true
        worker.die({ code: null, signal: 'SIGKILL' })
      }
      return { address: String(workers.length - 1), pid: workers.length, exited: ended.promise, kill }
    },
    connect: async (address) => {
      const worker = workers[Number(address)] as FakeWorker & { lost: (() => void)[] }
      return {
        open: async () => {
          const opens = options.opens?.()
          if (opens === 'hangs') await new Promise((_, reject) => worker.lost.push(() => reject(new LinkLost())))
          if (opens === false) {
            worker.die()
            throw new LinkLost()
          }
        },
        run: (parts) =>
          new Promise<RunResult>((resolve, reject) => {
            worker.lost.push(() => reject(new LinkLost()))
            worker.runs.push({ parts, answer: () => resolve({ outputs: parts[0] as Tensors, inferMs: 1, transformMs: 0, transportMs: 0 }) })
          }),
        close: () => worker.die({ code: 0, signal: null }),
      }
    },
  }
}

async function started(replicas: number, options: { opens?: () => boolean; othersQuietMs?: () => Promise<number> } = {}) {
  const clock = fakeClock()
  const carrier = fakeCarrier(options)
  const deaths: Death[] = []
  const pool = new Pool({
    carrier,
    clock,
    replicas,
    runMs: 1000,
    openMs: 5000,
    warmUp: [],
    spec: { memoryBytes: 1 } as WorkerSpec,
    othersQuietMs: options.othersQuietMs,
    onLine: () => undefined,
    onDeath: (death) => deaths.push(death),
  })
  const starting = pool.start()
  await clock.advance(0)
  await starting
  return { clock, carrier, pool, deaths }
}

test('frames go to the freest replica, two at most on each', async () => {
  const { pool, carrier } = await started(2)
  assert.deepEqual([pool.free(), pool.slots()], [2, 4])
  for (let frame = 0; frame < 3; frame++) void pool.run([rows(frame)], [])
  assert.deepEqual(
    carrier.workers.map(({ runs }) => runs.length),
    [2, 1],
  )
  assert.deepEqual([pool.free(), pool.slots()], [0, 1])
  carrier.workers[1]?.runs[0]?.answer()
  await settle()
  assert.deepEqual([pool.free(), pool.slots()], [1, 2])
})

test('a replica that dies loses only the frame that may have been started; the next runs on its successor', async () => {
  const { pool, carrier, clock, deaths } = await started(1)
  const first = pool.run([rows(1)], ['request-1'])
  const second = pool.run([rows(2)], ['request-2'])
  carrier.workers[0]?.die()
  await assert.rejects(
    first,
    (error: ServeError) => error.code === 'UNAVAILABLE' && /crashed \(SIGSEGV\) while your request was on it/.test(error.message),
  )
  await clock.advance(200)
  assert.deepEqual(
    deaths.map(({ cause, lost, unstarted }) => [cause, lost?.requestIds, unstarted.length]),
    [['crash', ['request-1'], 1]],
  )
  assert.equal(carrier.workers.length, 2)
  carrier.workers[1]?.runs[0]?.answer()
  assert.deepEqual((await second).outputs, rows(2))
})

test('a frame that waits behind those of another process is not cut as long as that one is answered', async () => {
  let quietMs = 300
  const { pool, carrier, clock } = await started(1, { othersQuietMs: async () => quietMs })
  const waiting = pool.run([rows(1)], ['patient'])
  waiting.catch(() => undefined)
  await clock.advance(1699)
  assert.equal(carrier.workers[0]?.killed, false)
  quietMs = 1000
  await clock.advance(1)
  assert.equal(carrier.workers[0]?.killed, true)
  await assert.rejects(waiting, (error: ServeError) => error.code === 'DEADLINE_EXCEEDED')
})

test('a run past limits.runMs is cut by SIGKILL, told as 504 and counted apart from crashes', async () => {
  const { pool, carrier, clock, deaths } = await started(1)
  const stuck = pool.run([rows(1)], ['slow'])
  stuck.catch(() => undefined)
  const waiting = pool.run([rows(2)], ['next'])
  await clock.advance(999)
  assert.equal(carrier.workers[0]?.killed, false)
  await clock.advance(1)
  assert.equal(carrier.workers[0]?.killed, true)
  await assert.rejects(stuck, { code: 'DEADLINE_EXCEEDED' })
  assert.deepEqual([deaths[0]?.cause, pool.cut, pool.crashes], ['run-limit', 1, 0])
  await clock.advance(200)
  carrier.workers[1]?.runs[0]?.answer()
  await waiting
})

test('the run limit counts from when a frame starts, not from when it was sent', async () => {
  const { pool, carrier, clock } = await started(1)
  const first = pool.run([rows(1)], [])
  const second = pool.run([rows(2)], [])
  await clock.advance(900)
  carrier.workers[0]?.runs[0]?.answer()
  await first
  await clock.advance(900)
  assert.equal(carrier.workers[0]?.killed, false)
  carrier.workers[0]?.runs[1]?.answer()
  await second
})

test('a replica that had answered is replaced at once, however often it is killed', async () => {
  const { pool, carrier, clock } = await started(1)
  for (let turn = 0; turn < 20; turn++) {
    const run = pool.run([rows(turn)], [])
    carrier.workers.at(-1)?.runs[0]?.answer()
    await run
    carrier.workers.at(-1)?.die({ code: null, signal: 'SIGKILL' })
    await clock.advance(0)
    assert.equal(pool.ready, 1)
  }
  assert.equal(pool.broken(), undefined)
})

test('five deaths without an answer open the breaker, which refuses at once and says why; a replica that opens closes it', async () => {
  let opens = true
  const { pool, carrier, clock } = await started(1, { opens: () => opens })
  opens = false
  carrier.workers[0]?.die()
  await settle()
  const waiting = pool.run([rows(1)], [])
  waiting.catch(() => undefined)
  await clock.advance(0)
  assert.equal(pool.broken(), undefined)
  await clock.advance(200 + 400 + 800 + 1600)
  assert.match(pool.broken()?.message ?? '', /keeps dying \(5 times in a row/)
  await assert.rejects(waiting, { code: 'UNAVAILABLE' })
  opens = true
  await clock.advance(10_000)
  assert.deepEqual([pool.broken(), pool.ready], [undefined, 1])
})

test('a model that does not open fails the start and leaves no worker', async () => {
  const clock = fakeClock()
  const carrier = fakeCarrier({ opens: () => false })
  const pool = new Pool({
    carrier,
    clock,
    replicas: 2,
    runMs: 1,
    openMs: 5000,
    warmUp: [],
    spec: { memoryBytes: 1 } as WorkerSpec,
    onLine: () => undefined,
    onDeath: () => undefined,
  })
  await assert.rejects(pool.start(), /crashed \(SIGSEGV\) while it opened the model/)
  assert.equal(pool.ready, 0)
})

test('close waits for what is in flight', async () => {
  const { pool, carrier } = await started(1)
  const run = pool.run([rows(1)], [])
  let closed = false
  const closing = pool.close(1000).then(() => {
    closed = true
  })
  await settle()
  assert.equal(closed, false)
  carrier.workers[0]?.runs[0]?.answer()
  await run
  await closing
})

test('close kills what does not end within its grace', async () => {
  const { pool, clock, carrier } = await started(1)
  const run = pool.run([rows(1)], [])
  run.catch(() => undefined)
  const closing = pool.close(500)
  await clock.advance(500)
  await closing
  assert.equal(carrier.workers[0]?.killed, true)
  await assert.rejects(run)
})

function neverOpened() {
  const clock = fakeClock()
  const carrier = fakeCarrier({ opens: () => 'hangs' })
  const pool = new Pool({
    carrier,
    clock,
    replicas: 1,
    runMs: 1,
    openMs: 5000,
    warmUp: [],
    spec: { memoryBytes: 1 } as WorkerSpec,
    onLine: () => undefined,
    onDeath: () => undefined,
  })
  const starting = pool.start()
  starting.catch(() => undefined)
  return { clock, carrier, pool, starting }
}

test('a model that does not open within limits.openMs is given up', async () => {
  const { clock, carrier, starting } = neverOpened()
  await clock.advance(4999)
  assert.equal(carrier.workers[0]?.killed, false)
  await clock.advance(1)
  await assert.rejects(starting, { code: 'UNAVAILABLE', message: /did not open the model within limits\.openMs \(5000 ms\)/ })
  assert.equal(carrier.workers[0]?.killed, true)
})

test('close ends at once what is still being opened, whatever its grace', async () => {
  const { carrier, pool, starting } = neverOpened()
  await settle()
  await pool.close(60_000)
  assert.equal(carrier.workers[0]?.killed, true)
  await assert.rejects(starting, { code: 'CANCELLED' })
})

test('a run asked of a closed pool is refused, not left waiting', async () => {
  const { pool } = await started(1)
  await pool.close(0)
  await assert.rejects(pool.run([rows(1)], []), { code: 'UNAVAILABLE' })
})

const another = (replicas: number): Fleet => ({ spec: { memoryBytes: 1 } as WorkerSpec, replicas })

test('another fleet takes over once it is open; what the old one holds is still answered, and then it ends', async () => {
  const { pool, carrier, clock, deaths } = await started(1)
  const held = [pool.run([rows(1)], []), pool.run([rows(2)], [])]
  const replaced = pool.replace(another(2), 1000)
  await clock.advance(0)
  assert.deepEqual([carrier.workers.length, pool.wanted, pool.free()], [3, 2, 2])
  const next = pool.run([rows(3)], [])
  assert.deepEqual(
    carrier.workers.map(({ runs }) => runs.length),
    [2, 1, 0],
  )
  for (const run of carrier.workers[0]?.runs ?? []) run.answer()
  await Promise.all([...held, replaced])
  carrier.workers[1]?.runs[0]?.answer()
  assert.deepEqual((await next).outputs, rows(3))
  await clock.advance(60_000)
  assert.deepEqual([pool.ready, carrier.workers.length], [2, 3])
  assert.deepEqual(
    deaths.map(({ cause }) => cause),
    ['stopped'],
  )
})

test('a fleet that does not open leaves the one before at work', async () => {
  let opens = true
  const { pool, carrier, clock } = await started(2, { opens: () => opens })
  opens = false
  await assert.rejects(pool.replace(another(1), 1000), { code: 'UNAVAILABLE' })
  await clock.advance(60_000)
  assert.deepEqual([pool.ready, pool.wanted, carrier.workers.length], [2, 2, 3])
})

test('a replica of the old fleet that dies while the new one opens is not there twice', async () => {
  const { pool, carrier, clock } = await started(1)
  const replaced = pool.replace(another(1), 1000)
  carrier.workers[0]?.die()
  await clock.advance(0)
  await replaced
  await clock.advance(60_000)
  assert.deepEqual([pool.ready, pool.wanted], [1, 1])
})

test('past its grace the old fleet is killed, and what it had not started runs on the new one', async () => {
  const { pool, carrier, clock } = await started(1)
  const cut = pool.run([rows(1)], [])
  cut.catch(() => undefined)
  const moved = pool.run([rows(2)], [])
  const replaced = pool.replace(another(1), 500)
  await clock.advance(500)
  await replaced
  await assert.rejects(cut, { code: 'UNAVAILABLE' })
  carrier.workers[1]?.runs[0]?.answer()
  assert.deepEqual((await moved).outputs, rows(2))
})

test('close while another fleet opens leaves nothing behind', async () => {
  const { pool, carrier, clock } = await started(1)
  const replaced = pool.replace(another(2), 1000)
  replaced.catch(() => undefined)
  await pool.close(0)
  await assert.rejects(replaced)
  await clock.advance(60_000)
  assert.equal(pool.ready, 0)
  assert.ok(carrier.workers.every(({ dead }) => dead))
})
