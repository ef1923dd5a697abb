import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServeError, type Tensors, tensor } from '@slipway/protocol'
import { whyNotRepeatable } from '../../../src/serving/answers/repeatable.ts'

const INPUTS: Tensors = new Map([['x', tensor('FP32', [1], Float32Array.of(1))]])
const answering = (...values: readonly number[]) => {
  let at = 0
  return async (): Promise<Tensors> => new Map([['y', tensor('FP32', [1], Float32Array.of(values[at++ % values.length] as number))]])
}

test('a model with an operator that draws numbers is not repeatable, and is not even run', async () => {
  const why = await whyNotRepeatable([{ domain: '', name: 'Multinomial', count: 1 }], INPUTS, async () => assert.fail('it was run'))
  assert.equal(why, 'the model draws random numbers (Multinomial)')
})

test('an operator of that name in a domain of its own says nothing; two runs do', async () => {
  const own = [{ domain: 'com.example', name: 'RandomNormal', count: 1 }]
  assert.equal(await whyNotRepeatable(own, INPUTS, answering(3)), undefined)
  assert.match((await whyNotRepeatable(own, INPUTS, answering(3, 4))) ?? '', /two runs of one input gave two answers \(output "y"\)/)
})

test('what kernels differ by from run to run is no other answer', async () => {
  assert.equal(await whyNotRepeatable([], INPUTS, answering(1, 1.0000001)), undefined)
})

test('an input that the model refuses shows nothing, but a model that is gone is an error', async () => {
  const failing = (code: 'INVALID_ARGUMENT' | 'UNAVAILABLE') => async () => {
    throw new ServeError(code, 'no')
  }
  assert.equal(await whyNotRepeatable([], INPUTS, failing('INVALID_ARGUMENT')), undefined)
  await assert.rejects(whyNotRepeatable([], INPUTS, failing('UNAVAILABLE')))
})
