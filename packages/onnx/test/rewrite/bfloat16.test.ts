/** bfloat16 at the edge of a model: the signature keeps it, the runtime is given FLOAT. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_LIMITS, type OnnxModel } from '../../src/main.ts'
import { FileImage } from '../../src/proto/image.ts'
import { readModel } from '../../src/proto/model-proto.ts'
import { Tally } from '../../src/proto/tally.ts'
import { assertRefused, readAlone } from '../support/refused.ts'
import { run, type Values } from '../support/session.ts'
import { type TinyModel, tinyModel } from '../support/tiny-onnx.ts'

const BF16 = 16
const X = { name: 'x', elemType: BF16, shape: ['N', 2] as const }
const ROWS = { x: { shape: [1, 2], data: [1.5, -2] } }

async function answer(
  part: TinyModel,
  inputs: Readonly<Record<string, Values>> = ROWS,
): Promise<{ model: OnnxModel; outputs: Record<string, Values> }> {
  const model = await readAlone(tinyModel({ inputs: [X], ...part }))
  assert.match(model.rewrites.join(), /BF16 is passed to the runtime as FLOAT/)
  return { model, outputs: await run(model.rewritten as Uint8Array, model, inputs) }
}

test('inputs and outputs of bfloat16 keep their names, shapes and type', async () => {
  const { model, outputs } = await answer({
    outputs: [{ ...X, name: 'y' }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
    values: [{ ...X, name: 'y' }],
  })
  assert.deepEqual(model.signature.inputs, [{ name: 'x', datatype: 'BF16', shape: [-1, 2], symbols: ['N', null] }])
  assert.deepEqual(model.signature.outputs, [{ name: 'y', datatype: 'BF16', shape: [-1, 2], symbols: ['N', null] }])
  assert.deepEqual(outputs, { y: ROWS.x })
})

test('an output that is the input, and one that other nodes use, are followed through', async () => {
  const { outputs } = await answer({
    outputs: [X, { ...X, name: 'y' }, { name: 'z', shape: ['N', 2] }],
    nodes: [
      { op: 'Identity', inputs: ['x'], outputs: ['y'] },
      { op: 'Cast', inputs: ['y'], outputs: ['f'], attributes: { to: { int: 1 } } },
      { op: 'Add', inputs: ['f', 'f'], outputs: ['z'] },
    ],
  })
  assert.deepEqual(outputs, { x: ROWS.x, y: ROWS.x, z: { shape: [1, 2], data: [3, -4] } })
})

test('subgraphs that use such a value from outside use its new name', async () => {
  // Declared bfloat16 inside: the runtime would refuse a FLOAT there.
  const branch = (name: string) => ({
    nodes: [{ op: 'Identity', inputs: [name], outputs: [`${name}_i`] }],
    outputs: [{ ...X, name: `${name}_i` }],
  })
  const { outputs } = await answer(
    {
      inputs: [X, { name: 'c', elemType: 9, shape: [] }],
      outputs: [
        { ...X, name: 'y' },
        { ...X, name: 'z' },
      ],
      nodes: [
        { op: 'Identity', inputs: ['x'], outputs: ['y'] },
        {
          op: 'If',
          inputs: ['c'],
          outputs: ['z'],
          attributes: { then_branch: { graph: branch('x') }, else_branch: { graph: branch('y') } },
        },
      ],
    },
    { ...ROWS, c: { shape: [], data: [0] } },
  )
  assert.deepEqual(outputs, { y: ROWS.x, z: ROWS.x })
})

test('what the file says elsewhere of a renamed value is taken out', async () => {
  const { model } = await answer({
    outputs: [{ ...X, name: 'y' }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
    values: [
      { ...X, name: 'y' },
      { name: 'other', shape: [1] },
    ],
  })
  const rewritten = model.rewritten as Uint8Array
  const image = new FileImage(rewritten.byteLength, [{ start: 0, bytes: rewritten }])
  assert.deepEqual(
    readModel(image, new Tally(DEFAULT_LIMITS)).graph.values.map(({ name }) => name),
    ['other'],
  )
})

test('a bfloat16 weight that is also an output is refused', () => {
  const weight = { name: 'w', elemType: BF16, dims: [2], raw: new Uint8Array(4) }
  return assertRefused(
    tinyModel({ inputs: [X], outputs: [{ name: 'w', elemType: BF16, shape: [2] }], initializers: [weight] }),
    /"w" is a BF16 weight/,
  )
})
