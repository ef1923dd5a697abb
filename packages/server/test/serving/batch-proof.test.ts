import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServeError, type Tensors, tensor } from '@slipway/protocol'
import { proveBatching, type RunModel } from '../../src/serving/batch-proof.ts'
import { fakeClock } from '../support/clock.ts'

const prove = (run: RunModel, pairs: Iterable<readonly [Tensors, Tensors]>) => proveBatching(run, pairs, fakeClock())

const one = (value: number): Tensors => new Map([['x', tensor('FP32', [1, 2], Float32Array.of(value, value + 1))]])
const pairs = [[one(1), one(5)]] as const
const mapped = (inputs: Tensors, fn: (values: readonly number[]) => readonly number[]): Tensors => {
  const x = inputs.get('x')
  return new Map([['y', tensor('FP32', x?.shape ?? [], Float32Array.from(fn(Array.from(x?.data as Float32Array))))]])
}

test('a model that answers row by row is proven', async () => {
  assert.deepEqual(await prove(async (inputs) => mapped(inputs, (values) => values.map((value) => value * 2)), pairs), {
    proven: true,
  })
})

test('differences of the last bits between batch sizes are none', async () => {
  const noisy = async (inputs: Tensors) => mapped(inputs, (values) => values.map((value) => value * (values.length > 2 ? 1 + 1e-6 : 1)))
  assert.deepEqual(await prove(noisy, pairs), { proven: true })
})

test('a model that averages over its batch is found out', async () => {
  const mean = async (inputs: Tensors) =>
    mapped(inputs, (values) => {
      const middle = values.reduce((sum, value) => sum + value, 0) / values.length
      return values.map((value) => value - middle)
    })
  const proof = await prove(mean, pairs)
  assert.ok(!proof.proven)
  assert.match(proof.why, /output "y" of a row changes with the other rows/)
})

test('an output without a row for each row is found out', async () => {
  const total = async (inputs: Tensors): Promise<Tensors> =>
    new Map([['y', tensor('FP32', [1], Float32Array.of((inputs.get('x')?.data.length ?? 0) * 2))]])
  const proof = await prove(total, pairs)
  assert.ok(!proof.proven)
  assert.match(proof.why, /has shape \[1\] for two rows/)
})

test('NaN agrees with NaN', async () => {
  const nan = async (inputs: Tensors) => mapped(inputs, (values) => values.map(() => Number.NaN))
  assert.deepEqual(await prove(nan, pairs), { proven: true })
})

test('inputs that the model refuses are passed over for the next', async () => {
  const picky = async (inputs: Tensors) => {
    if ((inputs.get('x')?.data[0] as number) < 100) throw new ServeError('INVALID_ARGUMENT', 'too small')
    return mapped(inputs, (values) => values)
  }
  assert.deepEqual(await prove(picky, [...pairs, [one(100), one(200)]]), { proven: true })
  const none = await prove(picky, pairs)
  assert.ok(!none.proven)
  assert.match(none.why, /give an example.*too small/)
})

test('a model that dies under the proof is no verdict on batching', async () => {
  const dying = async () => {
    throw new ServeError('UNAVAILABLE', 'crashed')
  }
  await assert.rejects(prove(dying, pairs), { code: 'UNAVAILABLE' })
})

test('a model that branches on its whole batch is found out though one pair agrees by chance', async () => {
  const branching = async (inputs: Tensors) =>
    mapped(inputs, (values) => {
      const positive = values.reduce((sum, value) => sum + value, 0) > 0
      return values.map((value) => (positive ? value : -value))
    })
  assert.deepEqual(await prove(branching, pairs), { proven: true })
  const proof = await prove(branching, [...pairs, [one(1), one(-5)]])
  assert.equal(proof.proven, false)
})
