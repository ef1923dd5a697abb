import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { byteLength, concatRows, DATATYPES, elementCount, isDatatype, sliceRows, type Tensor, tensor, viewData } from '../src/tensor.ts'
import { arbitraryTensor } from './support/arbitrary-tensor.ts'
import { refused } from './support/refusal.ts'

for (const datatype of DATATYPES)
  test(`${datatype}: rows taken apart and joined are the tensor they were`, () => {
    fc.assert(
      fc.property(
        arbitraryTensor(datatype).filter((value) => (value.shape[0] ?? 0) > 0),
        fc.nat(),
        (value, place) => {
          const rows = value.shape[0] as number
          const cut = place % (rows + 1)
          assert.deepEqual(concatRows([sliceRows(value, 0, cut), sliceRows(value, cut, rows)]), value)
        },
      ),
    )
  })

test('one tensor is joined with nothing by giving it back', () => {
  const only = tensor('INT8', [1], Int8Array.of(1))
  assert.equal(concatRows([only]), only)
  assert.throws(() => concatRows([]), RangeError)
})

test('a shape is counted exactly or refused', () => {
  assert.equal(elementCount([]), 1)
  assert.equal(elementCount([2, 0, 3]), 0)
  assert.equal(elementCount([2 ** 26, 2 ** 26]), 2 ** 52)
  for (const shape of [[-1], [1.5], [2 ** 53], [Number.NaN]]) refused(() => elementCount(shape), /every dimension must be a whole number/)
  refused(() => elementCount([2 ** 32, 2 ** 32]), /more elements than can be counted/)
})

test('bytes are viewed as elements where they are aligned, else copied', () => {
  const bytes = new Uint8Array(new ArrayBuffer(16))
  bytes[8] = 7
  assert.equal(viewData('INT64', bytes).buffer, bytes.buffer)
  assert.deepEqual(viewData('INT16', Buffer.from([0, 7, 0]).subarray(1)), Int16Array.of(7))
  refused(() => viewData('INT64', bytes.subarray(0, 15)), /15 bytes are no whole number of INT64/)
})

test('lengths on the wire count the prefixes of BYTES', () => {
  assert.equal(byteLength(tensor('BYTES', [2], [new Uint8Array(3), new Uint8Array(0)]) as Tensor), 11)
  assert.equal(byteLength(tensor('FP16', [3], new Uint16Array(3))), 6)
})

test('a datatype is one of the list, not a name off a prototype', () => {
  assert.ok(DATATYPES.every(isDatatype))
  for (const name of ['toString', '__proto__', 'fp32', '', 7, null]) assert.equal(isDatatype(name), false)
})
