/** Replicas killed under load: every 503 is traced to a frame that was on a dead replica, and nobody else notices. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../../scripts/requirement.ts'
import { FIXTURES, replicaPids, type SlipwayProcess, startSlipway, until } from '../support/e2e/slipway-process.ts'
import { Traffic } from '../support/e2e/traffic.ts'

const KILLS = 20
const CALLERS = 16
const CAPACITY_MS = 3000
/** Right answers between a replacement and the next kill, so that every replica has worked in between. */
const ANSWERS_BETWEEN = 20

/** Answers a second in a closed loop. */
async function capacity(slipway: SlipwayProcess): Promise<number> {
  const traffic = new Traffic(slipway.url, 'slow')
  const startedAt = performance.now()
  await traffic.closedLoop(CALLERS, () => performance.now() - startedAt > CAPACITY_MS)
  traffic.close()
  assert.deepEqual(traffic.faults, [])
  return traffic.outcomes.length / ((performance.now() - startedAt) / 1000)
}

function deaths(slipway: SlipwayProcess): readonly (readonly string[])[] {
  return slipway
    .logs()
    .filter((line) => line.event === 'replica-died')
    .map((line) => line.lost as readonly string[])
}

async function killOften(slipway: SlipwayProcess, traffic: Traffic): Promise<void> {
  const wanted = replicaPids(slipway.pid).length
  assert.ok(wanted > 0, 'the server has no replica processes')
  for (let kill = 0; kill < KILLS; kill += 1) {
    const answered = traffic.outcomes.length
    await until(() => traffic.outcomes.length >= answered + ANSWERS_BETWEEN, `answers before kill ${kill + 1}`)
    const pids = replicaPids(slipway.pid)
    process.kill(pids[kill % pids.length] as number, 'SIGKILL')
    await until(() => deaths(slipway).length === kill + 1, `the log line of kill ${kill + 1}`)
    await until(() => replicaPids(slipway.pid).length === wanted, `the replacement after kill ${kill + 1}`)
  }
}

test('in 20 kills at 80 % load every 503 was on the dead replica and every other answer is right', needs('linux'), async (context) => {
  const slipway = await startSlipway({ paths: [join(FIXTURES, 'slow.onnx')] })
  try {
    const rate = 0.8 * (await capacity(slipway))
    const traffic = new Traffic(slipway.url, 'slow')
    const load = traffic.openLoop(rate)
    await killOften(slipway, traffic).finally(() => load.stop())
    traffic.close()
    const lost = new Set(deaths(slipway).flat())
    const refused = traffic.faults.filter((outcome) => outcome.status === 503)
    context.diagnostic(
      `${rate.toFixed(0)} requests/s, ${traffic.outcomes.length} answers, ${refused.length} of 503, ${lost.size} ids logged as lost`,
    )
    assert.deepEqual(
      traffic.faults.filter((outcome) => outcome.status !== 503),
      [],
      'answers that are neither right nor 503',
    )
    assert.deepEqual(
      refused.filter(({ id }) => !lost.has(id)),
      [],
      '503s whose request was on no dead replica',
    )
    assert.ok(refused.length > 0, 'no kill hit a frame: the test proves nothing at this load')
  } finally {
    assert.equal(await slipway.stop(), 0, slipway.printed())
  }
})
