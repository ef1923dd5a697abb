/** A message that is given twice is read in two ways by two parsers, so no file may have one. */
import { test } from 'node:test'
import { field, integerField, join } from '../../src/proto/wire-writer.ts'
import { assertRefused } from '../support/refused.ts'
import { type TinyModel, tensorType, tinyModel } from '../support/tiny-onnx.ts'

const X = { name: 'x', shape: ['N'] }

function modelOf(part: TinyModel): Uint8Array {
  return tinyModel({ inputs: [X], outputs: [X], ...part })
}

/** A main graph of these fields alone. */
function modelOfGraph(...fields: Uint8Array[]): Uint8Array {
  return join([integerField(1, 8), field(8, [field(1, ''), integerField(2, 17)]), field(7, fields)])
}

function attributeOf(...fields: Uint8Array[]): Uint8Array {
  return modelOfGraph(field(1, [field(4, 'Constant'), field(5, fields)]))
}

const tensor = [integerField(2, 1), integerField(1, 0)]
const twoTypes = join([tensorType({ shape: [] }), tensorType({ shape: [] })])

const TWICE: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ['a second main graph', modelOf({ extra: field(7, '') }), /a second main graph/],
  ['an attribute with two tensors', attributeOf(field(5, tensor), field(5, tensor)), /an attribute with field 5 twice/],
  ['an attribute with two graphs', attributeOf(field(6, ''), field(6, '')), /an attribute with field 6 twice/],
  [
    'a value with two types',
    modelOfGraph(field(11, [field(1, 'x'), field(2, tensorType({})), field(2, tensorType({}))])),
    /a value with two types/,
  ],
  ['a type that is two things', modelOf({ inputs: [{ name: 'x', type: twoTypes }] }), /a type that is two things at once/],
  [
    'a sequence of two types',
    modelOf({ inputs: [{ name: 'x', type: field(4, [field(1, tensorType({})), field(1, tensorType({}))]) }] }),
    /two element types/,
  ],
  ['a type with two shapes', modelOf({ inputs: [{ name: 'x', type: field(1, [field(2, ''), field(2, '')]) }] }), /two shapes/],
  ['a sparse tensor with two values', modelOfGraph(field(15, [field(1, tensor), field(1, tensor)])), /field 1 twice/],
]
for (const [name, bytes, says] of TWICE) test(`${name} is refused`, () => assertRefused(bytes, says))

test('a file without a graph is refused', () => assertRefused(integerField(1, 8), /has no graph/))

test('a type that is nested too deeply is refused', () => {
  let type = tensorType({})
  for (let depth = 0; depth < 20; depth++) type = field(4, [field(1, type)])
  return assertRefused(modelOf({ inputs: [{ name: 'x', type }] }), /nested too deeply/)
})

test('a tensor in segments or at an unknown place is refused', async () => {
  await assertRefused(modelOfGraph(field(5, [...tensor, field(3, '')])), /segments/)
  await assertRefused(modelOfGraph(field(5, [...tensor, integerField(14, 2)])), /data location "2"/)
})
