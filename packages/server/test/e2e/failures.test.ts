/** What the server does when its workers die, when it is told to stop, and when it is killed. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { ModelInfo } from '@slipway/protocol'
import { needs } from '../../../../scripts/requirement.ts'
import { tinyModel } from '../../../onnx/test/support/tiny-onnx.ts'
import { endlessModel } from '../support/e2e/hostile-packages.ts'
import { assertRefused } from '../support/e2e/refusal.ts'
import { FIXTURES, replicaPids, type SlipwayProcess, startSlipway, until } from '../support/e2e/slipway-process.ts'
import { Traffic } from '../support/e2e/traffic.ts'

const INT32 = 6
const home = mkdtempSync(join(tmpdir(), 'slipway-failures-'))
after(() => rmSync(home, { recursive: true, force: true }))

/** The smallest whole number divided by -1 is an exception of the processor, of which onnxruntime dies. */
const divide = join(home, 'divide.onnx')
const vector = (name: string) => ({ name, elemType: INT32, shape: ['N'] })
writeFileSync(
  divide,
  tinyModel({ inputs: [vector('x'), vector('by')], outputs: [vector('y')], nodes: [{ op: 'Div', inputs: ['x', 'by'], outputs: ['y'] }] }),
)

/** Its first run, the one that warms it up, has no end. */
const endless = join(home, 'endless.onnx')
writeFileSync(endless, endlessModel)

async function post(slipway: SlipwayProcess, model: string, inputs: unknown): Promise<{ status: number; body: string }> {
  const answer = await fetch(`${slipway.url}/v2/models/${model}/infer`, { method: 'POST', body: JSON.stringify({ inputs }) })
  return { status: answer.status, body: await answer.text() }
}
const division = (slipway: SlipwayProcess, x: number, by: number) =>
  post(
    slipway,
    'divide',
    Object.entries({ x, by }).map(([name, value]) => ({ name, datatype: 'INT32', shape: [1], data: [value] })),
  )
const poison = (slipway: SlipwayProcess) => division(slipway, -(2 ** 31), -1)
const infoOf = async (slipway: SlipwayProcess, model: string) =>
  (await (await fetch(`${slipway.url}/api/v1/models/${model}`)).json()) as ModelInfo
const isRunning = (pid: number) => existsSync(`/proc/${pid}`) && !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))

describe('a model that its inputs crash', needs('linux'), () => {
  let slipway: SlipwayProcess
  before(async () => {
    slipway = await startSlipway({ paths: [divide, join(FIXTURES, 'echo.onnx')], env: { SLIPWAY_REPLICAS_COUNT: '1' } })
  })
  after(async () => assert.equal(await slipway?.stop(), 0))

  test('is replaced at once, and the caller may try again', async () => {
    assert.match((await division(slipway, 42, 7)).body, /"data":\[6\]/)
    assertRefused(await poison(slipway), 503, /crashed \(SIGFPE\) while your request was on it; send the request again/)
    assert.match((await division(slipway, 42, -1)).body, /"data":\[-42\]/)
    const { crashes, killed } = (await infoOf(slipway, 'divide')).stats.replicas
    assert.deepEqual({ crashes, killed }, { crashes: 1, killed: 0 })
  })

  test('in a crash loop is refused with the reason, shows it in the API, and recovers; other models never notice', async () => {
    const traffic = new Traffic(slipway.url, 'echo')
    let over = false
    const load = traffic.closedLoop(2, () => over)
    const reasonOf = async () => (await infoOf(slipway, 'divide')).versions[0]
    try {
      await until(async () => {
        assert.equal((await poison(slipway)).status, 503)
        return (await reasonOf())?.state === 'failed'
      }, 'the breaker to open')
      const version = await reasonOf()
      assert.match(version?.reason ?? '', /keeps dying \(5 times in a row without an answer\): the worker crashed \(SIGFPE\)/)
      const startedAt = performance.now()
      assertRefused(await division(slipway, 42, 7), 503, /keeps dying/)
      assert.ok(performance.now() - startedAt < 1000, 'refused at once')
      const ready = await fetch(`${slipway.url}/v2/models/divide/ready`)
      assertRefused({ status: ready.status, body: await ready.text() }, 503, /keeps dying/)
      await until(async () => (await reasonOf())?.state === 'ready', 'a replica to be opened again', 20_000)
      assert.match((await division(slipway, 42, 7)).body, /"data":\[6\]/)
    } finally {
      over = true
      await load
      traffic.close()
    }
    assert.deepEqual(traffic.faults, [])
    assert.ok(traffic.outcomes.length > 100)
  })
})

describe('stopping', needs('linux'), () => {
  test('SIGTERM under load: what is in flight is answered, the exit code is 0, nothing is left behind', async (context) => {
    const temporary = mkdtempSync(join(home, 'tmp-'))
    const slipway = await startSlipway({ paths: [join(FIXTURES, 'slow.onnx')], env: { TMPDIR: temporary } })
    const replicas = replicaPids(slipway.pid)
    assert.ok(replicas.length > 0 && readdirSync(temporary).length > 0)
    const traffic = new Traffic(slipway.url, 'slow')
    let over = false
    const load = traffic.closedLoop(8, () => over || traffic.faults.length > 0)
    await until(() => traffic.outcomes.length >= 8, 'answers before the signal')
    const before = traffic.outcomes.length
    const startedAt = performance.now()
    assert.equal(await slipway.stop(), 0, slipway.printed())
    over = true
    await load
    traffic.close()
    const after = traffic.outcomes.slice(before)
    const unanswered = after.filter(({ status }) => status === 0)
    context.diagnostic(`${after.length} settled after the signal in ${Math.round(performance.now() - startedAt)} ms`)
    // Only a request that was sent after the server had stopped listening finds nobody.
    for (const { text } of unanswered) assert.match(text, /ECONNREFUSED|ECONNRESET|socket hang up/)
    assert.ok(unanswered.length <= 8, 'one last request for each caller')
    assert.deepEqual(
      after.filter(({ status, right }) => status !== 0 && !right),
      [],
    )
    assert.deepEqual(replicas.filter(isRunning), [])
    assert.deepEqual(readdirSync(temporary), [])
  })

  test('SIGTERM while the breaker is open ends at once with 0', async () => {
    const slipway = await startSlipway({ paths: [divide], env: { SLIPWAY_REPLICAS_COUNT: '1' } })
    await until(async () => {
      await poison(slipway)
      return (await infoOf(slipway, 'divide')).versions[0]?.state === 'failed'
    }, 'the breaker to open')
    const startedAt = performance.now()
    assert.equal(await slipway.stop(), 0)
    assert.ok(performance.now() - startedAt < 5000)
  })

  test('SIGTERM while a model is being opened ends at once with 0', async () => {
    const slipway = await startSlipway({ paths: [endless], env: { SLIPWAY_REPLICAS_COUNT: '1' }, until: 'live' })
    await until(() => replicaPids(slipway.pid).length === 1, 'a replica to be started')
    const [replica] = replicaPids(slipway.pid)
    const startedAt = performance.now()
    assert.equal(await slipway.stop(), 0, slipway.printed())
    assert.ok(performance.now() - startedAt < 3000)
    assert.equal(isRunning(replica as number), false)
  })

  test('SIGTERM during a run without end: exit code 0 once the grace time is over', async () => {
    const slipway = await startSlipway({
      paths: [join(FIXTURES, 'forever.onnx')],
      env: { SLIPWAY_REPLICAS_COUNT: '1', SLIPWAY_SHUTDOWN_GRACEMS: '1000' },
    })
    const [replica] = replicaPids(slipway.pid)
    const endless = post(slipway, 'forever', [{ name: 'trips', datatype: 'INT64', shape: [1], data: [10 ** 12] }]).catch(() => undefined)
    await until(() => isBusy(replica as number), 'the run to begin')
    const startedAt = performance.now()
    assert.equal(await slipway.stop(), 0, slipway.printed())
    assert.ok(performance.now() - startedAt < 5000)
    assert.equal(isRunning(replica as number), false)
    await endless
  })

  test('SIGKILL: no replica outlives the server by 2 s, idle or in the middle of a run', async () => {
    const slipway = await startSlipway({
      paths: ['forever', 'echo'].map((model) => join(FIXTURES, `${model}.onnx`)),
      env: { SLIPWAY_REPLICAS_COUNT: '1', TMPDIR: home },
    })
    const replicas = replicaPids(slipway.pid)
    assert.equal(replicas.length, 2)
    const endless = post(slipway, 'forever', [{ name: 'trips', datatype: 'INT64', shape: [1], data: [10 ** 12] }]).catch(() => undefined)
    await until(() => replicas.some(isBusy), 'the run to begin')
    await slipway.kill()
    await until(() => !replicas.some(isRunning), 'the replicas to end', 2000)
    await endless
  })
})

/** Clock ticks of processor time that a process has used: a replica in a run gathers them. */
const ticks = (pid: number): number =>
  Number(
    readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[11],
  )
const ticksSeen = new Map<number, number>()
function isBusy(pid: number): boolean {
  const first = ticksSeen.get(pid) ?? ticks(pid)
  ticksSeen.set(pid, first)
  return ticks(pid) - first > 20
}
