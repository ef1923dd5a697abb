import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServeError, type Tensors } from '@slipway/protocol'
import { type Link, LinkLost, type RunResult } from '../../src/replicas/carrier.ts'
import { Links } from '../../src/replicas/links.ts'
import { fakeClock, settle } from '../support/clock.ts'

const RESULT: RunResult = { outputs: new Map(), inferMs: 1, transformMs: 0, transportMs: 0 }
const PARTS: readonly Tensors[] = [new Map()]

interface FakeLink {
  readonly address: string
  closed: boolean
  readonly runs: PromiseWithResolvers<RunResult>[]
  lose(): void
}

function setUp({ overdue = async (_address: string) => 0 } = {}) {
  const clock = fakeClock()
  const made: FakeLink[] = []
  const lost: (readonly string[])[] = []
  const links = new Links({
    carrier: {
      connect: async (address): Promise<Link> => {
        const runs: PromiseWithResolvers<RunResult>[] = []
        const link: FakeLink = { address, closed: false, runs, lose: () => void runs.map((run) => run.reject(new LinkLost())) }
        made.push(link)
        return {
          open: async () => undefined,
          run: () => {
            const run = Promise.withResolvers<RunResult>()
            runs.push(run)
            return run.promise
          },
          close: () => {
            link.closed = true
          },
        }
      },
    },
    clock,
    runMs: 1000,
    overdue,
    whyLost: async (_, requestIds) => {
      lost.push(requestIds)
      return new ServeError('UNAVAILABLE', 'it died')
    },
  })
  return { clock, links, made, lost }
}

test('two frames go to each replica at most, the freest first', async () => {
  const { links, made } = setUp()
  await links.set(['a', 'b'])
  assert.equal(links.free(), 2)
  for (let frame = 0; frame < 3; frame += 1) void links.run(PARTS, [])
  assert.deepEqual(
    made.map(({ runs }) => runs.length),
    [2, 1],
  )
  assert.equal(links.free(), 0)
  assert.equal(links.slots(), 1)
  assert.equal(links.running(), 3)
})

test('a replica that is taken away is let go of once its frames are answered', async () => {
  const { links, made } = setUp()
  await links.set(['a'])
  const run = links.run(PARTS, [])
  await links.set(['b'])
  assert.equal(links.running(), 1)
  assert.deepEqual(
    made.map(({ closed }) => closed),
    [false, false],
  )
  made[0]?.runs[0]?.resolve(RESULT)
  assert.equal(await run, RESULT)
  assert.equal(made[0]?.closed, true)
  assert.equal(links.slots(), 2)
})

test('a replica that dies costs its first frame; the second runs on another', async () => {
  const { links, made, lost } = setUp()
  await links.set(['a'])
  const first = links.run(PARTS, ['one'])
  const second = links.run(PARTS, ['two'])
  await links.set(['a', 'b'])
  made[0]?.lose()
  await assert.rejects(first, /it died/)
  assert.deepEqual(lost, [['one']])
  made[1]?.runs[0]?.resolve(RESULT)
  assert.equal(await second, RESULT)
})

test('frames that came back wait for the next replica, and are refused when none can be had', async () => {
  const { links, made } = setUp()
  await links.set(['a'])
  links.run(PARTS, ['one']).catch(() => undefined)
  const second = links.run(PARTS, ['two'])
  made[0]?.lose()
  await settle()
  await links.set([], 'the model’s worker keeps dying')
  await assert.rejects(second, /keeps dying/)
  assert.match(links.broken()?.message ?? '', /keeps dying/)
})

test('a frame that has waited for the longest run is asked about, and waited for as long as others are answered', async () => {
  const asked: string[] = []
  const { clock, links } = setUp({
    overdue: async (address) => {
      asked.push(address)
      return 400
    },
  })
  await links.set(['a'])
  void links.run(PARTS, [])
  await clock.advance(999)
  await settle()
  assert.deepEqual(asked, [])
  await clock.advance(1)
  await settle()
  assert.deepEqual(asked, ['a'])
  await clock.advance(599)
  await settle()
  assert.equal(asked.length, 1)
  await clock.advance(1)
  await settle()
  assert.equal(asked.length, 2)
})
