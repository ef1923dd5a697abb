import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InferResponse, type OutputInfo, type ParameterValue, type Tensor, tensor, toFloat16 } from '@slipway/protocol'
import { classify } from '../../../src/serving/layers/classify.ts'

const context = { requestId: 'r', dialect: 'test', deadline: 1, signal: { aborted: false }, decodeMs: 0 }
const info = (labels?: readonly string[]): OutputInfo => ({
  name: 'y',
  datatype: 'FP32',
  shape: [-1, 3],
  symbols: ['n', null],
  as: labels === undefined ? { kind: 'tensor' } : { kind: 'scores', labels },
})

interface Asked {
  readonly count: ParameterValue
  readonly labels?: readonly string[]
  readonly rows?: 'rows joined' | 'rows apart'
}

async function outputOf(value: Tensor, { count, labels, rows = 'rows joined' }: Asked): Promise<Tensor> {
  const response: InferResponse = { model: 'm', version: '1', outputs: new Map([['y', value]]), phases: {}, rows: 1, batchRows: 1 }
  const layer = classify([info(labels)], rows)(async () => response)
  const outputs = [{ name: 'y', parameters: new Map([['classification', count]]) }]
  return (await layer({ model: 'm', inputs: new Map(), outputs }, context)).outputs.get('y') as Tensor
}

async function classes(value: Tensor, asked: Asked): Promise<readonly [readonly number[], readonly string[]]> {
  const { datatype, shape, data } = await outputOf(value, asked)
  assert.equal(datatype, 'BYTES')
  return [shape, (data as readonly Uint8Array[]).map((element) => Buffer.from(element).toString('utf8'))]
}

const fp32 = (shape: readonly number[], ...values: number[]) => tensor('FP32', shape, Float32Array.from(values))

test('each row gets its best classes with value, index and label', async () => {
  const value = fp32([2, 3], 0.1, 0.7, 0.2, 0.5, 0.25, 0.25)
  assert.deepEqual(await classes(value, { count: 2, labels: ['cat', 'dog:big', 'cow'] }), [
    [2, 2],
    ['0.7:1:dog:big', '0.2:2:cow', '0.5:0:cat', '0.25:1:dog:big'],
  ])
  assert.deepEqual(await classes(value, { count: 1n }), [
    [2, 1],
    ['0.7:1', '0.5:0'],
  ])
})

test('more classes than there are gives all of them', async () => {
  assert.deepEqual(await classes(fp32([1, 3], 1, 3, 2), { count: 1000 }), [
    [1, 3],
    ['3:1', '2:2', '1:0'],
  ])
})

test('all orders of many classes agree with a sort, for few kept and for many', async () => {
  const values = Float32Array.from({ length: 200 }, (_, index) => ((index * 7919) % 97) / 4)
  const sorted = Array.from(values.keys()).sort((a, b) => (values[b] as number) - (values[a] as number) || a - b)
  for (const count of [1, 5, 32, 33, 200]) {
    const [, texts] = await classes(tensor('FP32', [1, 200], values), { count })
    assert.deepEqual(
      texts,
      sorted.slice(0, count).map((index) => `${values[index]}:${index}`),
    )
  }
})

test('64-bit integers are compared and written exactly', async () => {
  const value = tensor('INT64', [1, 3], BigInt64Array.of(2n ** 62n, 2n ** 62n + 1n, -5n))
  assert.deepEqual(await classes(value, { count: 3 }), [
    [1, 3],
    [`${2n ** 62n + 1n}:1`, `${2n ** 62n}:0`, '-5:2'],
  ])
})

test('half precision is compared by value, and NaN comes last', async () => {
  const half = tensor('FP16', [1, 4], Uint16Array.of(toFloat16(-2), toFloat16(1.5), 0x7e00, toFloat16(-1)))
  assert.deepEqual((await classes(half, { count: 4 }))[1], ['1.5:1', '-1:3', '-2:0', 'NaN:2'])
  assert.deepEqual((await classes(fp32([1, 3], Number.NaN, 1, Number.POSITIVE_INFINITY), { count: 2 }))[1], ['Infinity:2', '1:1'])
})

test('a vector is one row of classes where rows are not joined, and rows of one class where they are', async () => {
  assert.deepEqual(await classes(fp32([3], 1, 3, 2), { count: 2, rows: 'rows apart' }), [[2], ['3:1', '2:2']])
  assert.deepEqual(await classes(fp32([3], 1, 3, 2), { count: 2 }), [
    [3, 1],
    ['1:0', '3:0', '2:0'],
  ])
  assert.deepEqual(await classes(fp32([], 4), { count: 2 }), [[1], ['4:0']])
})

test('no rows give no classes', async () => {
  assert.deepEqual(await classes(fp32([0, 3]), { count: 2 }), [[0, 2], []])
})

test('0 leaves the output as it is; what is no whole number is refused before the model runs', async () => {
  const value = fp32([1, 2], 1, 2)
  assert.equal(await outputOf(value, { count: 0 }), value)
  for (const count of [-1, 1.5, '2', true]) {
    const layer = classify([info()], 'rows joined')(async () => assert.fail('the model ran'))
    const outputs = [{ name: 'y', parameters: new Map<string, ParameterValue>([['classification', count]]) }]
    await assert.rejects(layer({ model: 'm', inputs: new Map(), outputs }, context), {
      code: 'INVALID_ARGUMENT',
      message: /"classification" must be/,
    })
  }
})

test('text has no best classes', async () => {
  await assert.rejects(outputOf(tensor('BYTES', [1], [Buffer.from('a')]), { count: 1 }), { code: 'INVALID_ARGUMENT', message: /is text/ })
})
