/** Outputs that are no tensors, each seen to run in the real runtime after the rewrite. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertRefused, readAlone } from '../support/refused.ts'
import { run } from '../support/session.ts'
import { mapType, optionalType, sequenceType, type TinyModel, type TinyNode, tensorType, tinyModel } from '../support/tiny-onnx.ts'

const X = { name: 'x', shape: ['N', 2] as const }
const ROWS = { x: { shape: [2, 2], data: [1, 2, 3, 4] } }
const MAPS = sequenceType(mapType(7, tensorType({ shape: [] })))
const ML = { 'ai.onnx.ml': 3 }

function zipMap(output: string, node: Partial<TinyNode> = {}): TinyNode {
  return {
    op: 'ZipMap',
    domain: 'ai.onnx.ml',
    inputs: ['s'],
    outputs: [output],
    attributes: { classlabels_int64s: { ints: [10, 20] } },
    ...node,
  }
}

const SUM: TinyNode = { op: 'Add', inputs: ['x', 'x'], outputs: ['s'] }

function modelOf(part: TinyModel): Uint8Array {
  return tinyModel({ inputs: [X], ...part })
}

test('ZipMap at an output gives way to its scores, with their labels', async () => {
  const bytes = modelOf({ outputs: [{ name: 'p', type: MAPS }], nodes: [SUM, zipMap('p', { name: 'Zip' })], opsets: ML })
  const model = await readAlone(bytes)
  assert.deepEqual(model.signature.outputs, [{ name: 'p', datatype: 'FP32', shape: [-1, 2], symbols: ['N', null] }])
  assert.deepEqual(model.labels, new Map([['p', ['10', '20']]]))
  assert.match(model.rewrites.join(), /output "p" was a sequence of maps, made by ZipMap; it is served as the tensor of scores/)
  assert.deepEqual(await run(model.rewritten as Uint8Array, model, ROWS), { p: { shape: [2, 2], data: [2, 4, 6, 8] } })
})

test('ZipMap is rewritten where ONNX itself is not imported', async () => {
  const scaler = {
    op: 'Scaler',
    domain: 'ai.onnx.ml',
    inputs: ['x'],
    outputs: ['s'],
    attributes: { scale: { floats: [2] }, offset: { floats: [0] } },
  }
  const model = await readAlone(modelOf({ opset: null, outputs: [{ name: 'p', type: MAPS }], nodes: [scaler, zipMap('p')], opsets: ML }))
  assert.deepEqual(await run(model.rewritten as Uint8Array, model, ROWS), { p: { shape: [2, 2], data: [2, 4, 6, 8] } })
  assert.ok((await readAlone(model.rewritten as Uint8Array)).opsets.some(({ domain }) => domain === ''))
})

test('the shape that the file gives for the scores is kept', async () => {
  const values = [{ name: 's', shape: ['rows', 2] }]
  const model = await readAlone(modelOf({ outputs: [{ name: 'p', type: MAPS }], nodes: [SUM, zipMap('p')], opsets: ML, values }))
  assert.deepEqual(model.signature.outputs[0]?.symbols, ['rows', null])
})

test('a sequence of a known number of tensors becomes that many outputs, whose names are free', async () => {
  const bytes = modelOf({
    outputs: [
      { name: 'q', type: sequenceType(tensorType({ shape: ['N', 2] })) },
      { name: 'q_0', shape: ['N', 2] },
    ],
    nodes: [SUM, { op: 'SequenceConstruct', inputs: ['x', 's'], outputs: ['q'] }, { op: 'Neg', inputs: ['x'], outputs: ['q_0'] }],
  })
  const model = await readAlone(bytes)
  assert.match(model.rewrites.join(), /"q" was a sequence of 2 tensors; they are served as "q_0_2", "q_1"/)
  assert.deepEqual(await run(model.rewritten as Uint8Array, model, ROWS), {
    q_0_2: { shape: [2, 2], data: [1, 2, 3, 4] },
    q_1: { shape: [2, 2], data: [2, 4, 6, 8] },
    q_0: { shape: [2, 2], data: [-1, -2, -3, -4] },
  })
})

test('an optional that always holds its tensor is served as the tensor', async () => {
  const outputs = [{ name: 'o', type: optionalType(tensorType({ shape: ['N', 2] })) }]
  const model = await readAlone(modelOf({ outputs, nodes: [SUM, { op: 'Optional', inputs: ['s'], outputs: ['o'] }] }))
  assert.deepEqual(await run(model.rewritten as Uint8Array, model, ROWS), { o: { shape: [2, 2], data: [2, 4, 6, 8] } })
})

const SPLIT: TinyNode = { op: 'SplitToSequence', inputs: ['x'], outputs: ['q'] }
const PIECES = { name: 'q', type: sequenceType(tensorType({ shape: [1, 2] })) }

test('an output without a tensor is dropped where another is left', async () => {
  const model = await readAlone(modelOf({ outputs: [PIECES, { name: 's', shape: ['N', 2] }], nodes: [SUM, SPLIT] }))
  assert.match(
    model.rewrites.join(),
    /output "q" is a sequence of tensors, which has no tensor in the graph to serve instead, and was dropped/,
  )
  assert.deepEqual(await run(model.rewritten as Uint8Array, model, ROWS), { s: { shape: [2, 2], data: [2, 4, 6, 8] } })
})

test('a model of which no output can be served is refused, and so is one without outputs', async () => {
  await assertRefused(modelOf({ outputs: [PIECES], nodes: [SPLIT] }), /no output of the model is a tensor: "q" is a sequence of tensors/)
  await assertRefused(modelOf({ nodes: [SUM] }), /no output/)
  const twice = [SUM, { op: 'SequenceConstruct', inputs: ['s'], outputs: ['q', 'r'] }]
  await assertRefused(modelOf({ outputs: [PIECES, { ...PIECES, name: 'r' }], nodes: twice }), /"q" is a sequence of tensors, "r"/)
  const used = [SUM, zipMap('p'), { op: 'SequenceLength', inputs: ['p'], outputs: ['n'] }]
  await assertRefused(modelOf({ outputs: [{ name: 'p', type: MAPS }], nodes: used, opsets: ML }), /"p" is a sequence of maps/)
})

test('outputs that are inputs or weights stay as they are', async () => {
  const bytes = modelOf({ outputs: [X, { name: 'w', shape: [2] }], initializers: [{ name: 'w', dims: [2], floats: [5, 6] }] })
  const model = await readAlone(bytes)
  assert.deepEqual(model.rewrites, [])
  assert.equal(model.rewritten, undefined)
  assert.deepEqual(await run(bytes, model, ROWS), { x: ROWS.x, w: { shape: [2], data: [5, 6] } })
})

test('a rewrite leaves every octet that it does not name, unknown fields too', async () => {
  const unknown = Uint8Array.of(0xba, 0x3e, 3, 1, 2, 3)
  const bytes = modelOf({
    outputs: [{ name: 'p', type: MAPS }],
    nodes: [SUM, zipMap('p')],
    opsets: ML,
    metadata: { author: 'me' },
    extra: unknown,
  })
  const { rewritten = new Uint8Array() } = await readAlone(bytes)
  const again = await readAlone(rewritten)
  assert.equal(again.rewritten, undefined)
  assert.equal(again.metadata.get('author'), 'me')
  assert.deepEqual([...rewritten.subarray(-unknown.byteLength)], [...unknown])
  const head = bytes.findIndex((byte, index) => byte !== rewritten[index])
  const tail = [...bytes].reverse().findIndex((byte, index) => byte !== rewritten.at(-1 - index))
  assert.ok(head > 8 && tail > 30, `the first ${head} and the last ${tail} octets are the same`)
})
