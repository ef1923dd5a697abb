/** Kept answers with the real command: a stampede that is one run, servers that share through Redis, and a Redis that hangs or dies under load. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../../scripts/requirement.ts'
import { findBun } from '../../../../scripts/runtimes.ts'
import { FIXTURES, type SlipwayProcess, startSlipway, until } from '../support/e2e/slipway-process.ts'
import { Traffic } from '../support/e2e/traffic.ts'
import { type RedisServer, startRedis } from '../support/redis-server.ts'

const ECHO = join(FIXTURES, 'echo.onnx')

function serve(env: Readonly<Record<string, string>> = {}, engine?: string): Promise<SlipwayProcess> {
  const options = { paths: [ECHO], env: { SLIPWAY_CACHE_MAXBYTES: '1MB', ...env } }
  return startSlipway(engine === undefined ? options : { ...options, engine })
}

/** The sum of a metric's lines that hold `label`. */
async function metric({ url }: SlipwayProcess, name: string, label = ''): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
  assert.ok(lines.length > 0, `${name} is scraped`)
  return lines.filter((line) => line.includes(label)).reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

async function ask({ url }: SlipwayProcess, row: readonly number[], headers: Readonly<Record<string, string>> = {}) {
  const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: row }] })
  const answer = await fetch(`${url}/v2/models/echo/infer`, { method: 'POST', body, headers })
  const { outputs } = (await answer.json()) as { outputs: readonly [{ data: readonly number[] }] }
  return { data: outputs[0].data, cache: /cache[^,]*desc="(\w+)"/.exec(answer.headers.get('server-timing') ?? '')?.[1] }
}

test('a thousand equal requests at once are one run, and the counters add up', async () => {
  const slipway = await serve()
  try {
    const answers = await Promise.all(Array.from({ length: 1000 }, () => ask(slipway, [1, 2, 3, 4])))
    assert.ok(answers.every(({ data }) => data.join() === '1,2,3,4'))
    assert.equal(await metric(slipway, 'slipway_runs_total'), 1)
    assert.equal(await metric(slipway, 'slipway_cache_requests_total', 'result="miss"'), 1)
    assert.equal(await metric(slipway, 'slipway_cache_requests_total'), 1000)
    assert.equal(await metric(slipway, 'slipway_requests_total'), 1000)
    const said = (wanted: string) => answers.filter(({ cache }) => cache === wanted).length
    assert.deepEqual([said('miss'), said('hit') + said('coalesced')], [1, 999])
    const stats = (await (await fetch(`${slipway.url}/v2/models/echo/stats`)).json()) as {
      model_stats: readonly [{ inference_count: number; execution_count: number; inference_stats: Record<string, { count: number }> }]
    }
    const { inference_count, execution_count, inference_stats } = stats.model_stats[0]
    assert.deepEqual([inference_count, execution_count], [1, 1])
    assert.deepEqual(
      ['success', 'cache_hit', 'cache_miss', 'compute_infer'].map((name) => inference_stats[name]?.count),
      [1000, 999, 1, 1],
    )
    assert.equal((await ask(slipway, [1, 2, 3, 4], { 'cache-control': 'no-cache' })).cache, 'miss')
    assert.equal((await ask(slipway, [1, 2, 3, 4], { 'cache-control': 'max-age=0, no-store' })).cache, 'off')
    const model = (await (await fetch(`${slipway.url}/api/v1/models/echo`)).json()) as { cache: { requests: unknown; entries: number } }
    assert.equal(model.cache.entries, 1)
  } finally {
    assert.equal(await slipway.stop(), 0, slipway.printed())
  }
})

async function shareThroughRedis(redis: RedisServer, engine?: string): Promise<void> {
  const env = { SLIPWAY_CACHE_REDIS: redis.url, SLIPWAY_CACHE_REDISTIMEOUTMS: '2000' }
  const servers = await Promise.all([serve(env, engine), serve(env)])
  try {
    const [one, other] = servers
    await until(
      async () => (await metric(one, 'slipway_cache_redis_ready')) + (await metric(other, 'slipway_cache_redis_ready')) === 2,
      'both',
    )
    assert.deepEqual(await ask(one, [0.5, 1, -2, 1e-3]), { data: [0.5, 1, -2, 0.001], cache: 'miss' })
    await until(async () => (await redis.command('DBSIZE')) === ':1', 'the answer to be in Redis')
    assert.deepEqual(await ask(other, [0.5, 1, -2, 1e-3]), { data: [0.5, 1, -2, 0.001], cache: 'hit' })
    assert.equal(await metric(other, 'slipway_runs_total'), 0)
    for (const server of servers) assert.ok(!server.printed().includes('p@ss') && !server.printed().includes('p%40ss'), server.printed())
  } finally {
    for (const server of servers) assert.equal(await server.stop(), 0, server.printed())
  }
}

test('what one server has computed another gives from Redis, without a run', needs('redis'), async () => {
  const redis = await startRedis()
  await shareThroughRedis(redis).finally(redis.kill)
})

test('a server on Bun shares with one on Node', needs('redis', 'bun'), async () => {
  const redis = await startRedis()
  await shareThroughRedis(redis, findBun()).finally(redis.kill)
})

test('a Redis that hangs, comes back and dies under load spoils no answer and holds none up for long', needs('redis'), async (context) => {
  const redis = await startRedis()
  const slipway = await serve({ SLIPWAY_CACHE_REDIS: redis.url })
  const traffic = new Traffic(slipway.url, 'echo')
  const tookMs: number[] = []
  let over = false
  const call = async () => {
    while (!over) {
      const startedAt = performance.now()
      await traffic.send()
      tookMs.push(performance.now() - startedAt)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  const after = (count: number) => until(() => tookMs.length >= count, `${count} answers`)
  const isReady = async () => (await metric(slipway, 'slipway_cache_redis_ready')) === 1
  try {
    await until(isReady, 'Redis')
    const load = [call(), call(), call(), call()]
    await after(100)
    redis.hang()
    await until(async () => !(await isReady()), 'the breaker to open')
    await after(tookMs.length + 200)
    redis.resume()
    await until(isReady, 'Redis to be asked again')
    await after(tookMs.length + 50)
    await redis.kill()
    await until(async () => !(await isReady()), 'the end of Redis to be seen')
    await after(tookMs.length + 100)
    over = true
    await Promise.all(load)
  } finally {
    over = true
    traffic.close()
    await redis.kill()
    assert.equal(await slipway.stop(), 0, slipway.printed())
  }
  assert.deepEqual(traffic.faults, [])
  const sorted = tookMs.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] as number)
  const held = sorted.filter((ms) => ms >= 50).length
  context.diagnostic(`${sorted.length} answers: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms, ${held} of 50 ms or more`)
  // The hang lasts for hundreds of answers; only the few before the breaker opens wait for the limit of 50 ms.
  assert.ok(held < sorted.length / 10 && at(1) < 1000, `${held} of ${sorted.length}, longest ${at(1)} ms`)
})
