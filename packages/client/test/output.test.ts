import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Tensor, tensor } from '@slipway/protocol'
import { readOutputs } from '../src/output.ts'

const only = (value: Tensor) => {
  const output = readOutputs(new Map([['y', value]])).y
  assert.ok(output)
  return output
}

test('numbers come as the typed array of their datatype, and nested', () => {
  const data = new Float32Array([1, 2, 3, 4])
  const output = only(tensor('FP32', [2, 2], data))
  assert.equal(output.data, data)
  assert.deepEqual(output.shape, [2, 2])
  assert.deepEqual(output.toNested(), [
    [1, 2],
    [3, 4],
  ])
  assert.deepEqual(only(tensor('INT64', [1], new BigInt64Array([2n ** 62n]))).toNested(), [2n ** 62n])
  assert.equal(only(tensor('FP64', [], new Float64Array([5]))).toNested(), 5)
})

test('FP16 and BF16 come as the numbers they mean', () => {
  assert.deepEqual(only(tensor('FP16', [2], new Uint16Array([0x3c00, 0xfc00]))).data, new Float32Array([1, Number.NEGATIVE_INFINITY]))
  assert.deepEqual(only(tensor('BF16', [1], new Uint16Array([0x4000]))).toNested(), [2])
})

test('BOOL is octets in data and booleans when nested', () => {
  const output = only(tensor('BOOL', [1, 2], new Uint8Array([1, 0])))
  assert.deepEqual(output.data, new Uint8Array([1, 0]))
  assert.deepEqual(output.toNested(), [[true, false]])
})

test('BYTES come as text, with the octets beside it', () => {
  const octets = new TextEncoder().encode('\ufeffzéro')
  const output = only(tensor('BYTES', [1, 1], [octets]))
  assert.ok(output.datatype === 'BYTES')
  assert.equal(output.isText, true)
  assert.deepEqual(output.data, ['\ufeffzéro'])
  assert.deepEqual(output.toNested(), [['\ufeffzéro']])
  assert.deepEqual(output.bytes, [octets])
})

test('BYTES that are no UTF-8 are never turned into something else', () => {
  const octets = new Uint8Array([0xff, 0xd8])
  const output = only(tensor('BYTES', [2], [new Uint8Array(0), octets]))
  assert.ok(output.datatype === 'BYTES')
  assert.equal(output.isText, false)
  assert.deepEqual(output.bytes[1], octets)
  const refusal = { code: 'FAILED_PRECONDITION', message: 'element 1 of output "y" is no UTF-8 text; read its octets from "bytes"' }
  assert.throws(() => output.data, refusal)
  assert.throws(() => output.toNested(), refusal)
})

test('an output can be printed and copied, whatever it holds', () => {
  const text = only(tensor('BYTES', [1], [new TextEncoder().encode('a')]))
  assert.equal(JSON.stringify(text), '{"datatype":"BYTES","shape":[1],"isText":true,"data":["a"]}')
  assert.equal(JSON.stringify(only(tensor('BYTES', [1], [new Uint8Array([0xff])]))), '{"datatype":"BYTES","shape":[1],"isText":false}')
  assert.deepEqual({ ...text }, { datatype: 'BYTES', shape: [1], isText: true, data: ['a'] })
})

test('any name is just a name', () => {
  const outputs = readOutputs(new Map([['__proto__', tensor('UINT8', [1], new Uint8Array([1]))]]))
  assert.deepEqual(Object.keys(outputs), ['__proto__'])
  assert.equal(Object.getPrototypeOf(outputs), null)
  assert.equal(outputs.toString, undefined)
})
