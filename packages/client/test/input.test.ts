import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Signature } from '@slipway/protocol'
import { type Input, prepareInput } from '../src/input.ts'

const spec = (name: string, datatype: Signature['inputs'][number]['datatype'], shape: number[]) => ({
  name,
  datatype,
  shape,
  symbols: shape.map(() => null),
})
const SIGNATURE: Signature = {
  inputs: [
    spec('rows', 'FP32', [-1, 4]),
    spec('text', 'BYTES', [-1, 1]),
    spec('count', 'INT64', [-1]),
    spec('flag', 'BOOL', []),
    spec('__proto__', 'FP32', [-1]),
  ],
  outputs: [],
}

async function prepare(name: string, value: Input) {
  let asked = 0
  const prepared = await prepareInput(name, value, async () => {
    asked++
    return SIGNATURE
  })
  return { ...prepared, asked }
}

const refuses = (name: string, value: unknown, message: RegExp | string) =>
  assert.rejects(prepare(name, value as Input), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'INVALID_ARGUMENT', String(error))
    if (typeof message === 'string') assert.equal(error.message, message)
    else assert.match(error.message, message)
    return true
  })

test('a tensor spelled out needs no signature, whatever holds its data', async () => {
  const expected = { datatype: 'FP32', shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) }
  for (const data of [
    new Float32Array([1, 2, 3, 4]),
    new Float64Array([1, 2, 3, 4]),
    [1, 2, 3, 4],
    [
      [1, 2],
      [3, 4],
    ],
    [new Float32Array([1, 2]), [3, 4]],
  ]) {
    const { tensor, asked } = await prepare('rows', { datatype: 'FP32', shape: [2, 2], data })
    assert.deepEqual(tensor, expected)
    assert.equal(asked, 0)
  }
})

test('a typed array alone is one dimension of the datatype it is named after', async () => {
  const { tensor, asked } = await prepare('rows', new Int16Array([1, -2, 3]))
  assert.deepEqual(tensor, { datatype: 'INT16', shape: [3], data: new Int16Array([1, -2, 3]) })
  assert.equal(asked, 0)
})

test('a nested list takes its datatype from the signature', async () => {
  const { tensor, asked } = await prepare('rows', [[1, 2, 3, 4]])
  assert.deepEqual(tensor, { datatype: 'FP32', shape: [1, 4], data: new Float32Array([1, 2, 3, 4]) })
  assert.equal(asked, 1)
  assert.deepEqual((await prepare('count', [1, 2n])).tensor.data, new BigInt64Array([1n, 2n]))
})

test('a bare value stands for one element in as many dimensions as the model wants', async () => {
  assert.deepEqual((await prepare('text', 'hé')).tensor, { datatype: 'BYTES', shape: [1, 1], data: [new Uint8Array([0x68, 0xc3, 0xa9])] })
  assert.deepEqual((await prepare('count', 5)).tensor, { datatype: 'INT64', shape: [1], data: new BigInt64Array([5n]) })
  assert.deepEqual((await prepare('flag', true)).tensor, { datatype: 'BOOL', shape: [], data: new Uint8Array([1]) })
  await refuses('rows', 1, 'input "rows": one value, but the model takes FP32 [?, 4]; give a nested list')
})

test('a file is one element of octets, with its media type beside it', async () => {
  const octets = new Uint8Array([137, 80, 78, 71])
  const blob = await prepare('image', new Blob([octets], { type: 'image/png' }))
  assert.deepEqual(blob, { tensor: { datatype: 'BYTES', shape: [1], data: [octets] }, contentType: 'image/png', asked: 0 })
  assert.deepEqual(await prepare('image', octets.buffer), { tensor: { datatype: 'BYTES', shape: [1], data: [octets] }, asked: 0 })
})

test('a name is only a name', async () => {
  assert.deepEqual((await prepare('__proto__', [1])).tensor.shape, [1])
  await refuses('constructor', [1], /^the model has no input "constructor"; it takes "rows" FP32 \[\?, 4\], "text"/)
})

test('what is no tensor is refused with what would be one', async () => {
  await refuses('rows', { data: [1] }, /an object that is no tensor; give \{ datatype, shape, data \}/)
  await refuses('rows', new DataView(new ArrayBuffer(4)), /an object that is no tensor/)
  await refuses(
    'rows',
    { datatype: 'FLOAT', shape: [1], data: [1] },
    'input "rows": "FLOAT" is no datatype; use one of V2\'s, such as FP32, INT64 or BYTES',
  )
  await refuses(
    'rows',
    { datatype: 'FP32', shape: [2, 2], data: [1, 2, 3] },
    'input "rows": shape [2, 2] has 4 elements, but its data has 3',
  )
  await refuses('rows', { datatype: 'FP32', shape: 4, data: [1] }, /its shape must be a list/)
  await refuses('rows', { datatype: 'FP32', shape: [1], data: 'a' }, /its data must be a typed array or a list/)
  await refuses('rows', { datatype: 'FP32', shape: [-1], data: [1] }, /every dimension must be a whole number/)
  await refuses('rows', ['a'], /element 0 is "a", but FP32 takes a number/)
})
