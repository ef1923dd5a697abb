import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused, readAlone } from '../support/refused.ts'
import { type TinyTensor, tinyModel } from '../support/tiny-onnx.ts'

function withTensor(tensor: Omit<TinyTensor, 'name'>): Uint8Array {
  return tinyModel({
    inputs: [{ name: 'x', shape: ['N'] }],
    outputs: [{ name: 'x', shape: ['N'] }],
    initializers: [{ name: 'w', ...tensor }],
  })
}

const SOUND: readonly (readonly [string, Omit<TinyTensor, 'name'>, number])[] = [
  ['raw floats', { dims: [2, 3], raw: new Uint8Array(24) }, 6],
  ['typed floats', { dims: [3], floats: [1, 2, 3] }, 3],
  ['text', { dims: [2], elemType: 8, texts: ['a', ''] }, 2],
  ['4-bit numbers, two in an octet', { dims: [3], elemType: 22, raw: new Uint8Array(2) }, 3],
  ['2-bit numbers, four in an octet', { dims: [5], elemType: 25, raw: new Uint8Array(2) }, 5],
  ['a scalar', { dims: [], elemType: 7, int64s: [7] }, 1],
  ['nothing, where nothing is declared', { dims: [0, 7] }, 0],
]
for (const [name, tensor, parameters] of SOUND)
  test(`a tensor of ${name} is read`, async () => assert.equal((await readAlone(withTensor(tensor))).parameters, parameters))

const BROKEN: readonly (readonly [string, Omit<TinyTensor, 'name'>, RegExp])[] = [
  ['too little raw data', { dims: [2, 3], raw: new Uint8Array(23) }, /"w", FLOAT \[2, 3\], needs 24 bytes and holds 23/],
  ['too much raw data', { dims: [2], elemType: 11, raw: new Uint8Array(17) }, /needs 16 bytes and holds 17/],
  ['too few elements', { dims: [4], floats: [1, 2, 3] }, /needs 4 elements and holds 3/],
  ['no data', { dims: [4], elemType: 7 }, /needs 4 elements and holds 0/],
  ['raw text', { dims: [1], elemType: 8, raw: new Uint8Array(1) }, /text/],
  ['a negative dimension', { dims: [-4], raw: new Uint8Array(16) }, /no negative dimension/],
  ['a shape that overflows', { dims: [2 ** 40, 2 ** 40], raw: new Uint8Array() }, /more than can be counted/],
  ['an unknown type', { dims: [1], elemType: 99, raw: new Uint8Array(1) }, /element type 99/],
  ['no type', { dims: [1], elemType: 0, raw: new Uint8Array(4) }, /element type 0/],
  ['65 dimensions', { dims: new Array(65).fill(1), raw: new Uint8Array(4) }, /more than 64 dimensions/],
]
for (const [name, tensor, says] of BROKEN) test(`a tensor with ${name} is refused`, () => assertRefused(withTensor(tensor), says))
