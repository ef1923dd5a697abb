/** Several HTTP processes on one port, with the real command: on Node, and on Bun where it is there. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { needs } from '../../../../scripts/requirement.ts'
import { findBun } from '../../../../scripts/runtimes.ts'
import { FIXTURES, httpPids, replicaPids, type SlipwayProcess, startSlipway, until } from '../support/e2e/slipway-process.ts'
import { Traffic } from '../support/e2e/traffic.ts'

const FLAGS = ['--http-workers', '2']
const COMMAND = join(import.meta.dirname, '..', '..', 'bin', 'slipway.mjs')
const SWAPS = 5
const CALLERS = 16
/** Enough that a process which gets none of them is out of the question. */
const EQUAL = 40
const ORIGINAL = readFileSync(join(FIXTURES, 'echo.onnx'))

function publish(model: string, version: number): void {
  const folder = join(model, String(version))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'aside.tmp'), ORIGINAL)
  renameSync(join(folder, 'aside.tmp'), join(folder, 'model.onnx'))
}

async function metric(slipway: SlipwayProcess, line: string): Promise<number> {
  const answer = await fetch(`${slipway.url}/metrics`, { headers: { connection: 'close' } })
  const found = (await answer.text()).split('\n').find((one) => one.startsWith(`${line} `))
  return Number(found?.slice(line.length + 1) ?? Number.NaN)
}

const SECOND = 'slipway_http_process_requests{process="2"}'
const isAlive = (pid: number) => {
  try {
    // A process that has ended but was not waited for is none.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function some(traffic: Traffic, count: number): Promise<void> {
  const before = traffic.outcomes.length
  await traffic.closedLoop(CALLERS, () => traffic.outcomes.length >= before + count)
}

function stories(engine: string): void {
  const start = (paths: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    startSlipway({ engine, paths, flags: FLAGS, env: { SLIPWAY_STORE_URL: 'memory:', ...env } })

  test('requests go to both processes, and whichever is asked for figures tells those of all', async () => {
    const slipway = await start([join(FIXTURES, 'echo.onnx')])
    const traffic = new Traffic(slipway.url, 'echo')
    try {
      await some(traffic, 400)
      const { length } = traffic.outcomes
      assert.deepEqual(traffic.faults, [])
      // Each scrape is a connection of its own, so both processes are asked.
      for (let scrape = 0; scrape < 12; scrape += 1) {
        assert.equal(await metric(slipway, 'slipway_requests_total{model="echo",version="1",dialect="v2",code="OK"}'), length)
        assert.equal(await metric(slipway, 'slipway_phase_seconds_count{model="echo",version="1",dialect="v2",phase="infer"}'), length)
      }
      const second = await metric(slipway, SECOND)
      assert.ok(second > 0 && second < length, `${second} of ${length} requests came to the second process`)
      const info = (await (await fetch(`${slipway.url}/api/v1/models/echo`)).json()) as { stats: { requests: number } }
      assert.equal(info.stats.requests, length)
    } finally {
      traffic.close()
      assert.equal(await slipway.stop(), 0, slipway.printed())
    }
  })

  test('the figures of the response caches are those of both processes', async () => {
    const slipway = await start([join(FIXTURES, 'echo.onnx')], { SLIPWAY_CACHE_MAXBYTES: '10MB' })
    try {
      const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] })
      // A connection each, so that both processes are asked.
      for (let sent = 0; sent < EQUAL; sent += 1) {
        const headers = { 'content-type': 'application/json', connection: 'close' }
        const answer = await fetch(`${slipway.url}/v2/models/echo/infer`, { method: 'POST', headers, body })
        assert.equal(answer.status, 200, await answer.text())
      }
      const results = ['hit', 'coalesced', 'miss', 'off']
      const counted = await Promise.all(
        results.map((result) => metric(slipway, `slipway_cache_requests_total{model="echo",version="1",result="${result}"}`)),
      )
      // The first request of each process finds nothing; one after the other, none waits for another.
      assert.deepEqual(counted, [EQUAL - 2, 0, 2, 0])
      assert.equal(await metric(slipway, 'nv_cache_num_hits_per_model{model="echo",version="1"}'), EQUAL - 2)
      assert.equal(await metric(slipway, 'slipway_cache_entries{model="echo",version="1"}'), 2)
      const info = (await (await fetch(`${slipway.url}/api/v1/models/echo`)).json()) as {
        cache: { entries: number; requests: { hit: number } }
      }
      assert.deepEqual([info.cache.entries, info.cache.requests.hit], [2, EQUAL - 2])
    } finally {
      assert.equal(await slipway.stop(), 0, slipway.printed())
    }
  })

  test('no request fails while models are swapped and when one is loaded by name', async () => {
    const repository = mkdtempSync(join(tmpdir(), 'slipway-http-workers-'))
    const model = join(repository, 'moving')
    publish(model, 1)
    const slipway = await start([repository], { SLIPWAY_RELOAD_POLLMS: '50' })
    const traffic = new Traffic(slipway.url, 'moving')
    let over = false
    const load = traffic.closedLoop(CALLERS, () => over)
    try {
      for (let version = 2; version <= SWAPS + 1; version += 1) {
        publish(model, version)
        await until(() => traffic.outcomes.at(-1)?.servedBy === `moving@${version}`, `version ${version}`)
        const answered = traffic.outcomes.length
        await until(() => traffic.outcomes.length > answered + CALLERS, `answers after version ${version}`)
      }
      over = true
      await load
      assert.deepEqual(traffic.faults, [])
      for (let turn = 0; turn < 4; turn += 1) {
        await fetch(`${slipway.url}/v2/repository/models/moving/unload`, { method: 'POST' })
        await fetch(`${slipway.url}/v2/repository/models/moving/load`, { method: 'POST' })
        // Connections of their own, so that both processes are asked: each knows what was loaded.
        for (let call = 0; call < 6; call += 1) {
          const single = new Traffic(slipway.url, 'moving')
          await single.send()
          single.close()
          assert.deepEqual(single.faults, [])
        }
      }
    } finally {
      over = true
      await load
      traffic.close()
      assert.equal(await slipway.stop(), 0, slipway.printed())
      rmSync(repository, { recursive: true })
    }
  })

  test('an HTTP process that is killed harms no other and comes back; a replica that is killed costs each process its first frame', async () => {
    const slipway = await start([join(FIXTURES, 'slow.onnx')])
    const traffic = new Traffic(slipway.url, 'slow')
    try {
      const [victim] = httpPids(slipway.pid)
      assert.ok(victim !== undefined, 'there is no second process')
      process.kill(victim, 'SIGKILL')
      await until(() => slipway.logs().some(({ event }) => event === 'http-process-died'), 'the log line')
      await until(() => httpPids(slipway.pid).some((pid) => pid !== victim), 'the new process')
      await until(async () => (await metric(slipway, 'slipway_http_processes')) === 2, 'the new process to listen')
      await some(traffic, 60)
      assert.deepEqual(traffic.faults, [])
      await until(async () => (await metric(slipway, SECOND)) > 0, 'requests of the new process')

      const load = some(traffic, 150)
      const [replica] = replicaPids(slipway.pid)
      process.kill(replica as number, 'SIGKILL')
      await load
      const lost = new Set(
        slipway
          .logs()
          .filter(({ event }) => event === 'replica-died')
          .flatMap((line) => line.lost as readonly string[]),
      )
      assert.deepEqual(
        traffic.faults.filter(({ id, status }) => status !== 503 || !lost.has(id)),
        [],
        'faults that were on no dead replica',
      )
    } finally {
      traffic.close()
      assert.equal(await slipway.stop(), 0, slipway.printed())
    }
  })

  test('SIGTERM answers what is under way in both processes, and nothing is left', async () => {
    const slipway = await start([join(FIXTURES, 'slow.onnx')])
    const pids = [...httpPids(slipway.pid), ...replicaPids(slipway.pid)]
    assert.equal(pids.length, 2)
    const traffic = new Traffic(slipway.url, 'slow')
    await some(traffic, 32)
    const under = Promise.all(Array.from({ length: CALLERS }, () => traffic.send()))
    await new Promise((resolve) => setImmediate(resolve))
    const stopped = slipway.stop()
    await under
    assert.equal(await stopped, 0, slipway.printed())
    // What had not been accepted yet was refused by the system; whatever was, was answered rightly.
    assert.deepEqual(
      traffic.faults.filter(({ status }) => status !== 0),
      [],
    )
    assert.deepEqual(pids.filter(isAlive), [])
    traffic.close()
  })

  test('when the supervisor is killed nothing is left running', async () => {
    const slipway = await start([join(FIXTURES, 'echo.onnx')])
    const pids = [...httpPids(slipway.pid), ...replicaPids(slipway.pid)]
    assert.equal(pids.length, 2)
    await slipway.kill()
    await until(() => !pids.some(isAlive), 'all processes to end', 10_000)
  })

  test('a port that another server shares is refused with a clear error', async () => {
    const slipway = await start([join(FIXTURES, 'echo.onnx')])
    try {
      const args = [COMMAND, 'serve', join(FIXTURES, 'echo.onnx'), '--port', String(slipway.port), '--grpc-port', 'off', ...FLAGS]
      const { status, stderr } = spawnSync(engine, args, { encoding: 'utf8', timeout: 30_000 })
      assert.notEqual(status, 0)
      assert.match(stderr, /in use|EADDRINUSE/i)
    } finally {
      assert.equal(await slipway.stop(), 0, slipway.printed())
    }
  })
}

if (process.versions.bun === undefined) {
  describe('on Node', needs('linux'), () => stories(process.execPath))
  const bun = findBun()
  describe('on Bun', needs('linux', 'bun'), () => stories(bun as string))
}
