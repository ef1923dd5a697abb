import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { needs } from '../../../../../scripts/requirement.ts'
import { systemClock } from '../../../src/base/clock.ts'
import { createRedisValues } from '../../../src/stores/values/redis.ts'
import type { ValueStore } from '../../../src/stores/values/values.ts'
import { until } from '../../support/e2e/slipway-process.ts'
import { type RedisServer, startRedis } from '../../support/redis-server.ts'

const LIMIT_MS = 50
const bytes = (text: string) => Buffer.from(text)
const closers: (() => Promise<void>)[] = []
after(async () => {
  for (const close of closers) await close()
})

async function redis(): Promise<RedisServer> {
  const server = await startRedis()
  closers.push(() => server.kill())
  return server
}

function valuesOf(url: string, timeoutMs = LIMIT_MS) {
  const states: string[] = []
  const onState = (state: string, why: string) => void states.push(state === 'broken' ? `broken: ${why}` : state)
  const values = createRedisValues({ url, timeoutMs, mostBytes: 1000, clock: systemClock, onState })
  closers.unshift(() => values.close())
  return { values, states }
}

const isReady = (values: ValueStore) => until(() => values.state === 'ready', 'Redis to be ready', 15_000)

test('a value is found as it was put in, until its time is over, and a large one is not put in', needs('redis'), async () => {
  const server = await redis()
  const { values, states } = valuesOf(server.url, 5000)
  assert.equal((await values.get('early', 50)).kind, 'error')
  await isReady(values)
  assert.equal((await values.get('a', 5000)).kind, 'miss')
  const octets = Uint8Array.from({ length: 256 }, (_, index) => index)
  values.set('a', octets, 60_000)
  values.set('large', Buffer.alloc(1001), 60_000)
  await until(async () => (await values.get('a', 5000)).kind === 'hit', 'the value')
  const found = await values.get('a', 5000)
  assert.deepEqual([...(found.kind === 'hit' ? found.bytes : [])], [...octets])
  assert.equal((await values.get('large', 5000)).kind, 'miss')
  assert.match(await server.command('PTTL a'), /^:(59|60)\d{3}$/)
  values.set('short', bytes('x'), 1)
  await until(async () => (await values.get('short', 5000)).kind === 'miss', 'the end of its time')
  assert.deepEqual(states, ['ready'])
})

test('a value of another kind under our key is an error, and the next look-up goes on', needs('redis'), async () => {
  const server = await redis()
  const { values } = valuesOf(server.url, 5000)
  await isReady(values)
  await server.command('LPUSH list x')
  assert.equal((await values.get('list', 5000)).kind, 'error')
  assert.equal((await values.get('other', 5000)).kind, 'miss')
  assert.equal(values.state, 'ready')
})

test('a hung Redis costs its limit a few times and then nothing; it is asked again once it answers', needs('redis'), async () => {
  const server = await redis()
  const { values, states } = valuesOf(server.url)
  await isReady(values)
  server.hang()
  const startedAt = performance.now()
  const asked = await Promise.all(Array.from({ length: 100 }, (_, index) => values.get(`k${index}`, 10_000)))
  const tookMs = performance.now() - startedAt
  assert.ok(asked.every(({ kind }) => kind === 'error'))
  assert.ok(tookMs >= LIMIT_MS - 2 && tookMs < 1000, `${tookMs} ms`)
  assert.match(states.at(-1) ?? '', /^(broken: 5 commands in a row took longer than 50 ms|connecting)$/)
  const again = performance.now()
  assert.equal((await values.get('k', 10_000)).kind, 'error')
  values.set('k', bytes('v'), 1000)
  assert.ok(performance.now() - again < LIMIT_MS, 'it is not even tried')
  server.resume()
  await isReady(values)
  assert.equal((await values.get('k', 10_000)).kind, 'miss')
})

test('a caller in a hurry waits no longer than it can, and that says nothing about Redis', needs('redis'), async () => {
  const server = await redis()
  const { values } = valuesOf(server.url, 5000)
  await isReady(values)
  server.hang()
  const asked = await Promise.all(Array.from({ length: 20 }, () => values.get('k', 5)))
  assert.ok(asked.every(({ kind }) => kind === 'error'))
  assert.equal(values.state, 'ready')
  server.resume()
  assert.equal((await values.get('k', 5000)).kind, 'miss')
})

test('a Redis that was killed is noticed, and found again when it is back', needs('redis'), async () => {
  const server = await redis()
  const { values, states } = valuesOf(server.url)
  await isReady(values)
  await server.kill()
  await until(() => values.state !== 'ready', 'the end to be seen')
  assert.equal((await values.get('k', 10_000)).kind, 'error')
  await server.start()
  await isReady(values)
  assert.equal(states.at(-1), 'ready')
})

test('a wrong password is told without the right one, and nothing is thrown', needs('redis'), async () => {
  const server = await redis()
  const { values, states } = valuesOf(server.url.replace(/:[^:@]*@/, ':guess@'))
  await until(() => states.length > 0, 'a state')
  assert.match(states[0] ?? '', /^broken: .*(WRONGPASS|invalid)/)
  assert.ok(!states.join().includes('guess'))
  await values.close()
  assert.equal((await values.get('k', 10)).kind, 'error')
})
