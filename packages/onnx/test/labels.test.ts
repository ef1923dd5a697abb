import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAlone } from './support/refused.ts'
import { type TinyModel, type TinyNode, type TinyTensor, tinyModel } from './support/tiny-onnx.ts'

const SCORES = { name: 'p', shape: ['N', 3] }

async function labelsOf(part: TinyModel): Promise<readonly string[] | undefined> {
  const model = await readAlone(
    tinyModel({ inputs: [{ name: 'x', shape: ['N', 3] }], outputs: [SCORES], opsets: { 'ai.onnx.ml': 1 }, ...part }),
  )
  return model.labels.get('p')
}

function classifier(attributes: NonNullable<TinyNode['attributes']>): readonly TinyNode[] {
  return [
    { op: 'LinearClassifier', domain: 'ai.onnx.ml', inputs: ['x'], outputs: ['label', 'raw'], attributes },
    { op: 'Normalizer', domain: 'ai.onnx.ml', inputs: ['raw'], outputs: ['n'] },
    { op: 'Identity', inputs: ['n'], outputs: ['p'] },
  ]
}

test('labels are those of the classifier that gives the scores', async () => {
  assert.deepEqual(await labelsOf({ nodes: classifier({ classlabels_strings: { texts: ['a', 'b', 'ç'] } }) }), ['a', 'b', 'ç'])
  assert.deepEqual(await labelsOf({ nodes: classifier({ classlabels_ints: { ints: [0, 1, -7] } }) }), ['0', '1', '-7'])
})

test('labels that are not as many as the columns are not used', async () => {
  assert.equal(await labelsOf({ nodes: classifier({ classlabels_strings: { texts: ['a', 'b'] } }) }), undefined)
  assert.equal(await labelsOf({ nodes: classifier({}) }), undefined)
})

const LOOKUP: readonly TinyNode[] = [
  { op: 'Softmax', inputs: ['x'], outputs: ['p'] },
  { op: 'ArgMax', inputs: ['p'], outputs: ['best'] },
  { op: 'ArrayFeatureExtractor', domain: 'ai.onnx.ml', inputs: ['classes', 'best'], outputs: ['label'] },
]
const raw = new Uint8Array(BigInt64Array.of(3n, 4n, -5n).buffer)
const CLASSES: readonly (readonly [string, Omit<TinyTensor, 'name' | 'dims'>, readonly string[] | undefined])[] = [
  ['text', { elemType: 8, texts: ['a', 'b', 'c'] }, ['a', 'b', 'c']],
  ['whole numbers', { elemType: 7, int64s: [3, 4, -5] }, ['3', '4', '-5']],
  ['raw whole numbers', { elemType: 7, raw }, ['3', '4', '-5']],
  ['fractions', { elemType: 1, floats: [1, 2, 3] }, undefined],
]
for (const [name, tensor, labels] of CLASSES)
  test(`labels are what the best score is looked up in: ${name}`, async () => {
    assert.deepEqual(await labelsOf({ nodes: LOOKUP, initializers: [{ name: 'classes', dims: [3], ...tensor }] }), labels)
  })

const ENCODERS: readonly (readonly [string, NonNullable<TinyNode['attributes']>, readonly string[] | undefined])[] = [
  ['pairs', { keys_int64s: { ints: [2, 0, 1] }, values_strings: { texts: ['c', 'a', 'b'] } }, ['a', 'b', 'c']],
  ['a list', { classes_strings: { texts: ['a', 'b', 'c'] } }, ['a', 'b', 'c']],
  ['pairs that leave a position out', { keys_int64s: { ints: [0, 1, 7] }, values_strings: { texts: ['a', 'b', 'c'] } }, undefined],
  ['pairs that do not pair up', { keys_int64s: { ints: [0, 1, 2] }, values_strings: { texts: ['a', 'b'] } }, undefined],
]
for (const [name, attributes, labels] of ENCODERS)
  test(`labels are what LabelEncoder gives for the best score: ${name}`, async () => {
    const encoder = { op: 'LabelEncoder', domain: 'ai.onnx.ml', inputs: ['best'], outputs: ['label'], attributes }
    assert.deepEqual(await labelsOf({ nodes: [...LOOKUP.slice(0, 2), encoder] }), labels)
  })
