import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InferResponse, ParameterValue } from '@slipway/protocol'
import type { CallContext } from '../../../src/serving/infer.ts'
import { schedule } from '../../../src/serving/layers/schedule.ts'
import { fakeClock } from '../../support/clock.ts'

const context: CallContext = { requestId: 'r', dialect: 'test', deadline: 1_005_000, signal: { aborted: false }, decodeMs: 0 }

/** The context that reaches the next layer. */
async function seen(parameters?: Readonly<Record<string, ParameterValue>>): Promise<CallContext> {
  let reached: CallContext | undefined
  const layer = schedule(fakeClock(1_000_000))(async (_, given) => {
    reached = given
    return {} as InferResponse
  })
  await layer({ model: 'm', inputs: new Map(), ...(parameters && { parameters: new Map(Object.entries(parameters)) }) }, context)
  return reached as CallContext
}

test('without parameters, or with their defaults, the context is as it was', async () => {
  assert.equal(await seen(), context)
  assert.equal(await seen({ other: 'x' }), context)
  assert.equal(await seen({ timeout: 0, priority: 0, sequence_id: 0, sequence_start: false }), context)
})

test('timeout is in microseconds and brings the deadline closer, never further', async () => {
  assert.equal((await seen({ timeout: 250_000 })).deadline, 1_000_250)
  assert.equal((await seen({ timeout: 250_000n })).deadline, 1_000_250)
  assert.equal((await seen({ timeout: 60_000_000 })).deadline, context.deadline)
})

test('priority reaches the waiting room', async () => {
  assert.deepEqual(await seen({ priority: 2 }), { ...context, priority: 2 })
  assert.deepEqual(await seen({ priority: 1n, timeout: 1000 }), { ...context, deadline: 1_000_001, priority: 1 })
})

test('values that are no whole number from 0 up are refused by name', async () => {
  for (const value of [-1, 0.5, '10', true, Number.NaN])
    for (const name of ['timeout', 'priority'])
      await assert.rejects(async () => seen({ [name]: value }), { code: 'INVALID_ARGUMENT', message: new RegExp(`"${name}" must be`) })
})

test('sequences are refused rather than answered without their state', async () => {
  for (const parameters of [{ sequence_id: 7 }, { sequence_id: 'a' }, { sequence_start: true }, { sequence_end: true }])
    await assert.rejects(async () => seen(parameters), { code: 'UNIMPLEMENTED', message: /no state between requests/ })
})
