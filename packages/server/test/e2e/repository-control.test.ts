/** Models come and go by name under constant load: nobody is failed who asked in time, and what is unloaded leaves no process behind. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../../scripts/requirement.ts'
import { FIXTURES, replicaPids, startSlipway } from '../support/e2e/slipway-process.ts'

const ROUNDS = 4
const INPUT = { name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }

test('a model is unloaded and loaded under load, and its neighbour notices nothing', needs('linux'), async (context) => {
  const slipway = await startSlipway({
    paths: ['echo', 'sum'].map((model) => join(FIXTURES, `${model}.onnx`)),
    env: { SLIPWAY_REPLICAS_COUNT: '1' },
  })
  const post = async (path: string, body: unknown = {}) => {
    const answer = await fetch(`${slipway.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
    return { status: answer.status, text: await answer.text() }
  }
  const outcomes = { echo: new Map<number, number>(), sum: new Map<number, number>() }
  let over = false
  const ask = async (model: 'echo' | 'sum') => {
    while (!over) {
      const { status, text } = await post(`/v2/models/${model}/infer`, { inputs: [INPUT] })
      outcomes[model].set(status, (outcomes[model].get(status) ?? 0) + 1)
      // Nobody who was let in is failed by the unloading.
      if (status === 503) assert.match(text, /is being loaded/)
      if (status === 200) assert.deepEqual(JSON.parse(text).outputs[0].data, model === 'echo' ? INPUT.data : [10])
    }
  }
  const load = Promise.all([ask('echo'), ask('sum'), ask('sum'), ask('sum')])
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      assert.deepEqual(await post('/v2/repository/models/sum/unload'), { status: 200, text: '' })
      assert.equal(replicaPids(slipway.pid).length, 1, 'the replica of what was unloaded is gone when the call returns')
      assert.equal((await post('/v2/models/sum/infer', { inputs: [INPUT] })).status, 404)
      assert.deepEqual(await post('/v2/repository/models/sum/load'), { status: 200, text: '' })
      assert.equal((await post('/v2/models/sum/infer', { inputs: [INPUT] })).status, 200)
    }
  } finally {
    over = true
    await load
    assert.equal(await slipway.stop(), 0, slipway.printed())
  }
  context.diagnostic(`echo ${JSON.stringify([...outcomes.echo])}, sum ${JSON.stringify([...outcomes.sum])}`)
  assert.deepEqual([...outcomes.echo.keys()], [200])
  assert.deepEqual([...outcomes.sum.keys()].filter((status) => status !== 503).sort(), [200, 404])
})
