import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type InferRequest, type InferResponse, type InputInfo, type Signature, type Tensor, tensor } from '@slipway/protocol'
import type { CallContext } from '../../../src/serving/infer.ts'
import { validate } from '../../../src/serving/layers/validate.ts'

const signature: Signature = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, 2], symbols: ['batch', null] },
    { name: 'scale', datatype: 'FP64', shape: [], symbols: [], optional: true },
  ],
  outputs: [
    { name: 'y', datatype: 'FP32', shape: [-1, 2], symbols: ['batch', null] },
    { name: 'z', datatype: 'FP32', shape: [-1], symbols: ['batch'] },
  ],
}
const good = tensor('FP32', [1, 2], Float32Array.of(1, 2))
const answer: InferResponse = {
  model: 'm',
  version: '1',
  outputs: new Map([
    ['y', good],
    ['z', tensor('FP32', [1], Float32Array.of(3))],
  ]),
  phases: {},
  rows: 1,
  batchRows: 1,
}
const layer = validate('m', signature, [])(async () => answer)
const ask = (inputs: readonly [string, Tensor][], outputs?: InferRequest['outputs']) =>
  layer({ model: 'm', inputs: new Map(inputs), ...(outputs === undefined ? {} : { outputs }) }, {} as CallContext)

test('a request that fits passes, with and without its optional input', async () => {
  assert.equal(await ask([['x', good]]), answer)
  assert.equal(
    await ask([
      ['x', good],
      ['scale', tensor('FP64', [], Float64Array.of(2))],
    ]),
    answer,
  )
})

test('only the outputs asked for come back, in the order asked', async () => {
  assert.deepEqual([...(await ask([['x', good]], [{ name: 'z' }, { name: 'y' }])).outputs.keys()], ['z', 'y'])
  assert.deepEqual([...(await ask([['x', good]], [{ name: 'z' }])).outputs.keys()], ['z'])
})

const refused: readonly [string, readonly [string, Tensor][], RegExp][] = [
  ['a missing input', [], /needs the input "x" \(FP32 \[-1, 2\]\); the request has none/],
  [
    'an unknown input',
    [
      ['x', good],
      ['w', good],
    ],
    /has no input "w"; its inputs are "x", "scale"/,
  ],
  ['another datatype', [['x', tensor('FP64', [1, 2], Float64Array.of(1, 2))]], /"x".*expected datatype FP32, got FP64/],
  ['a wrong size', [['x', tensor('FP32', [2, 1], Float32Array.of(1, 2))]], /expected shape \[-1, 2\], got \[2, 1\]/],
  ['a wrong rank', [['x', tensor('FP32', [2], Float32Array.of(1, 2))]], /expected shape \[-1, 2\], got \[2\]/],
  [
    'a vector for a scalar',
    [
      ['x', good],
      ['scale', tensor('FP64', [1], Float64Array.of(2))],
    ],
    /expected shape \[\], got \[1\]/,
  ],
  ['bytes where no image is declared', [['x', tensor('BYTES', [1], [Buffer.from('png')])]], /expected datatype FP32, got BYTES/],
]
for (const [what, inputs, message] of refused) {
  test(`${what} is refused by name`, async () => {
    await assert.rejects(ask(inputs), { code: 'INVALID_ARGUMENT', message })
  })
}

test('an unknown output is refused with the list of those there are', async () => {
  await assert.rejects(ask([['x', good]], [{ name: 'q' }]), {
    code: 'INVALID_ARGUMENT',
    message: /has no output "q"; its outputs are "y", "z"/,
  })
})

test('names of Object.prototype are just unknown names', async () => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    await assert.rejects(
      ask([
        ['x', good],
        [name, good],
      ]),
      { code: 'INVALID_ARGUMENT', message: new RegExp(`no input "${name}"`) },
    )
  }
})

test('encoded images stand in for the tensor of an image input, one for each row', async () => {
  const image = { ...signature.inputs[0], as: { kind: 'image' } } as InputInfo
  const images = validate('m', { ...signature, inputs: signature.inputs.slice(0, 1) }, [image])(async () => answer)
  const inputs = (shape: readonly number[]) => new Map([['x', tensor('BYTES', shape, [Buffer.from('png')])]])
  assert.equal(await images({ model: 'm', inputs: inputs([1]) }, {} as CallContext), answer)
  await assert.rejects(images({ model: 'm', inputs: inputs([1, 1]) }, {} as CallContext), { message: /encoded images are BYTES \[n\]/ })
})
