import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeSpec } from '@slipway/protocol'
import { assertRefused, readAlone } from './support/refused.ts'
import { optionalType, sequenceType, type TinyModel, type TinyValue, tensorType, tinyModel } from './support/tiny-onnx.ts'

const X: TinyValue = { name: 'x', shape: ['N', 2] }
const WEIGHT = { name: 'w', dims: [2], floats: [1, 2] }

function modelOf(part: TinyModel): Uint8Array {
  return tinyModel({
    inputs: [X],
    outputs: [{ name: 'y', shape: ['N', 2] }],
    nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }],
    initializers: [WEIGHT],
    ...part,
  })
}

const DATATYPES = [
  '',
  'FP32',
  'UINT8',
  'INT8',
  'UINT16',
  'INT16',
  'INT32',
  'INT64',
  'BYTES',
  'BOOL',
  'FP16',
  'FP64',
  'UINT32',
  'UINT64',
  '',
  '',
  'BF16',
]
for (const [elemType, datatype] of DATATYPES.entries()) {
  const value = { name: 'x', elemType, shape: ['N', 3, null] }
  if (datatype === '')
    test(`element type ${elemType} cannot be sent, and the error names the tensor`, () =>
      assertRefused(tinyModel({ inputs: [value], outputs: [value] }), /input "x" is .*cannot be sent/))
  else
    test(`element type ${elemType} is ${datatype}`, async () => {
      const { signature } = await readAlone(tinyModel({ inputs: [value], outputs: [value] }))
      const spec = { name: 'x', datatype, shape: [-1, 3, -1], symbols: ['N', null, null] }
      assert.deepEqual(signature, { inputs: [spec], outputs: [spec] })
    })
}
test('types of less than an octet, or of new kinds, cannot be sent', async () => {
  for (const elemType of [17, 20, 21, 22, 23, 26, 99])
    await assertRefused(tinyModel({ inputs: [{ ...X, elemType }], outputs: [X] }), /cannot be sent/)
})

test('an input with a default is optional since IR 4; before, it is a weight', async () => {
  const inputs = [X, { name: 'w', shape: [2] }]
  const since = await readAlone(modelOf({ inputs }))
  assert.deepEqual(
    since.signature.inputs.map(({ name, optional }) => [name, optional]),
    [
      ['x', undefined],
      ['w', true],
    ],
  )
  assert.equal(since.batch.batchable, false)
  const before = await readAlone(modelOf({ inputs, irVersion: 3 }))
  assert.deepEqual(
    before.signature.inputs.map(({ name }) => name),
    ['x'],
  )
  assert.equal(before.rewritten, undefined)
})

test('a missing shape is told apart from a scalar', async () => {
  const { signature } = await readAlone(modelOf({ outputs: [{ name: 'y' }, { ...X, name: 'x', shape: ['N', 2] }] }))
  assert.deepEqual(signature.outputs[0], { name: 'y', datatype: 'FP32', shape: [], symbols: [], unknownRank: true })
  const scalar = await readAlone(tinyModel({ inputs: [{ name: 's', shape: [] }], outputs: [{ name: 's', shape: [] }] }))
  assert.equal(scalar.signature.inputs[0]?.unknownRank, undefined)
  assert.match(describeSpec(signature.outputs[0] as never), /any shape/)
})

test('a dimension of -1 is free, one of 0 is fixed', async () => {
  const value = { name: 'x', shape: [-1, 0] }
  const { signature } = await readAlone(tinyModel({ inputs: [value], outputs: [value] }))
  assert.deepEqual(signature.inputs[0]?.shape, [-1, 0])
})

test('an output without a type takes it from value_info', async () => {
  const model = await readAlone(modelOf({ outputs: [{ name: 'y', type: null }], values: [{ name: 'y', shape: ['N', 2] }] }))
  assert.equal(describeSpec(model.signature.outputs[0] as never), 'FP32 [N, 2]')
  await assertRefused(modelOf({ outputs: [{ name: 'y', type: null }] }), /"y" is a value of unknown type/)
})

test('inputs that are no tensors are refused by name', async () => {
  const element = tensorType({ shape: ['N'] })
  await assertRefused(modelOf({ inputs: [X, { name: 'q', type: sequenceType(element) }] }), /input "q" is a sequence/)
  await assertRefused(modelOf({ inputs: [X, { name: 'o', type: optionalType(element) }] }), /input "o" is an optional/)
  await assertRefused(modelOf({ inputs: [X, { name: 'u', type: null }] }), /input "u" is of no declared type/)
})

test('names must be there and differ', async () => {
  await assertRefused(modelOf({ inputs: [X, X] }), /two inputs named "x"/)
  await assertRefused(modelOf({ outputs: [{ name: 'y' }, { name: 'y' }] }), /two outputs named "y"/)
  await assertRefused(modelOf({ outputs: [{ name: '' }] }), /an output without a name/)
})

test('producer, metadata and parameters are told', async () => {
  const model = await readAlone(modelOf({ producer: 'pytorch', metadata: { a: '1', __proto__x: '2' } }))
  assert.equal(model.producer, 'pytorch')
  assert.deepEqual(
    [...model.metadata],
    [
      ['a', '1'],
      ['__proto__x', '2'],
    ],
  )
  assert.equal(model.parameters, 2)
})
