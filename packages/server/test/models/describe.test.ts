import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { OnnxModel } from '@slipway/onnx'
import type { Datatype, TensorSpec } from '@slipway/protocol'
import { describeModel } from '../../src/models/describe.ts'
import { parseManifest } from '../../src/models/manifest.ts'

const spec = (name: string, datatype: Datatype, shape: readonly number[]): TensorSpec => ({
  name,
  datatype,
  shape,
  symbols: shape.map(() => null),
})

const model = (inputs: readonly TensorSpec[], outputs: readonly TensorSpec[], labels: OnnxModel['labels'] = new Map()): OnnxModel => ({
  irVersion: 10,
  producer: 'test',
  opsets: [{ domain: '', version: 21 }],
  signature: { inputs, outputs },
  defaults: new Map(),
  operators: [],
  parameters: 0,
  sizeBytes: 0,
  externalFiles: [],
  batch: { batchable: false, why: 'not asked' },
  rewrites: [],
  labels,
  metadata: new Map(),
})

const described = (
  yaml: string,
  inputs: readonly TensorSpec[],
  outputs: readonly TensorSpec[] = [spec('y', 'FP32', [-1, 2])],
  labels?: OnnxModel['labels'],
) => describeModel(parseManifest(yaml), model(inputs, outputs, labels))
const kindOf = (...args: Parameters<typeof described>) => described(...args).inputs[0]?.as
const refusal = (...args: Parameters<typeof described>): string => {
  try {
    described(...args)
  } catch (error) {
    return (error as Error).message
  }
  return assert.fail('it was taken')
}

describe('inputs without a manifest', () => {
  test('an input that may be left out is no column of the form, and the task goes by the others', () => {
    const threshold = { ...spec('threshold', 'FP32', [1]), optional: true }
    const { inputs, task } = described('', [spec('x', 'FP32', [-1, 3]), threshold], [spec('y', 'FP32', [-1])])
    assert.deepEqual([inputs[1]?.as, task], [{ kind: 'tensor' }, 'tabular-regression'])
  })
  test('a column of strings is text', () => {
    assert.deepEqual(kindOf('', [spec('x', 'BYTES', [-1])]), { kind: 'text' })
    assert.deepEqual(kindOf('', [spec('x', 'BYTES', [-1, 1])]), { kind: 'text' })
    assert.deepEqual(kindOf('', [spec('x', 'BYTES', [-1, 3])]), { kind: 'tensor' })
  })

  test('a narrow table is features named by index, a column is named after the input', () => {
    assert.deepEqual(kindOf('', [spec('x', 'FP32', [-1, 3])]), { kind: 'features', names: ['f0', 'f1', 'f2'] })
    assert.deepEqual(kindOf('', [spec('age', 'INT64', [-1, 1])]), { kind: 'features', names: ['age'] })
    assert.deepEqual(kindOf('', [spec('age', 'FP32', [-1])]), { kind: 'features', names: ['age'] })
  })

  test('whatever no form can show is a tensor', () => {
    for (const shape of [[], [-1, 65], [-1, -1], [-1, 0], [-1, 3, 8, 8]])
      assert.deepEqual(kindOf('', [spec('x', 'FP32', shape)]), { kind: 'tensor' })
  })
})

describe('pictures', () => {
  const shape = [-1, 3, 224, 224]

  test('what the manifest leaves out is taken from the shape and the datatype', () => {
    const { inputs, transforms, task } = described('inputs: { x: { kind: image } }', [spec('x', 'FP32', shape)])
    const picture = { channels: 3, width: 224, height: 224, fit: 'contain', invert: false, layout: 'NCHW' } as const
    assert.deepEqual(inputs[0]?.as, { kind: 'image', ...picture, draw: false, crop: 'none' })
    assert.deepEqual(transforms, [{ input: 'x', image: { ...picture, scale: 1 / 255, mean: 0, std: 1, crop: 'none' } }])
    assert.equal(task, 'raw')
    const bytes = described('inputs: { x: { kind: image } }', [spec('x', 'UINT8', [-1, 32, 48, 3])])
    assert.deepEqual(bytes.transforms[0]?.image, {
      ...picture,
      width: 48,
      height: 32,
      layout: 'NHWC',
      scale: 1,
      mean: 0,
      std: 1,
      crop: 'none',
    })
  })

  test('transforms survive the JSON of a frame', () => {
    const { transforms } = described('inputs: { x: { kind: image, mean: [1, 2, 3] } }', [spec('x', 'FP32', shape)])
    assert.deepEqual(JSON.parse(JSON.stringify(transforms)), transforms)
  })

  test('a task of pictures is enough for a shape that leaves nothing open', () => {
    assert.equal(kindOf('task: image-classification', [spec('x', 'FP32', shape)])?.kind, 'image')
    assert.equal(kindOf('task: image-classification', [spec('x', 'FP32', [-1, 3, -1, -1])])?.kind, 'tensor')
    assert.equal(kindOf('task: raw', [spec('x', 'FP32', shape)])?.kind, 'tensor')
  })

  test('a task of pictures makes none of a model that takes only tensors', () => {
    const facts = model([spec('x', 'FP32', shape)], [spec('y', 'FP32', [-1, 2])])
    const { inputs, transforms, task } = describeModel(parseManifest('task: image-classification'), facts, 'declared')
    assert.deepEqual([inputs[0]?.as, transforms, task], [{ kind: 'tensor' }, [], 'image-classification'])
  })

  test('sizes that are open in the shape must be declared', () => {
    assert.match(refusal('inputs: { x: { kind: image } }', [spec('x', 'FP32', [-1, 3, -1, -1])]), /leaves width, height open/)
    assert.match(refusal('inputs: { x: { kind: image } }', [spec('x', 'FP32', [-1, 64])]), /leaves channels, width, height open/)
    assert.equal(kindOf('inputs: { x: { kind: image, channels: 1, width: 8, height: 8 } }', [spec('x', 'FP32', [-1, 64])])?.kind, 'image')
  })

  test('sizes that contradict the shape are refused', () => {
    assert.match(
      refusal('inputs: { x: { kind: image, width: 100 } }', [spec('x', 'FP32', shape)]),
      /cannot hold pictures of 3 channels, 224 rows and 100 columns/,
    )
    assert.match(refusal('inputs: { x: { kind: image } }', [spec('x', 'BYTES', shape)]), /cannot hold pictures/)
    assert.match(refusal('inputs: { x: { kind: image, mean: [1, 2] } }', [spec('x', 'FP32', shape)]), /3 channels, but mean has 2 numbers/)
  })
})

describe('what a manifest says of tensors', () => {
  test('names that the model does not have are refused with what was meant', () => {
    assert.match(
      refusal('inputs: { imgae: { kind: image } }', [spec('image', 'FP32', [-1, 3, 8, 8])]),
      /inputs names "imgae".*did you mean "image"\?/,
    )
    assert.match(refusal('outputs: { probs: { kind: label } }', [spec('x', 'FP32', [-1, 2])]), /outputs names "probs".*it has "y"/)
  })

  test('counts must fit', () => {
    assert.match(refusal('inputs: { x: { kind: features, names: [a] } }', [spec('x', 'FP32', [-1, 2])]), /has 2 columns, but 1 names/)
    assert.match(
      refusal('outputs: { y: { kind: scores, labels: [a, b, c] } }', [spec('x', 'FP32', [-1, 2])]),
      /has 2 columns, but 3 labels/,
    )
    assert.match(refusal('inputs: { x: { kind: features, names: [a] } }', [spec('x', 'FP32', [-1, 2, 2])]), /is no table/)
    assert.match(refusal('inputs: { x: { kind: text } }', [spec('x', 'FP32', [-1])]), /declared as text, but the model takes FP32/)
  })

  test('an input named like a member of every object is described by its own declaration only', () => {
    assert.deepEqual(kindOf('', [spec('constructor', 'FP32', [-1, 1])]), { kind: 'features', names: ['constructor'] })
  })
})

describe('outputs and tasks', () => {
  const row = [spec('x', 'FP32', [-1, 4])]
  const text = [spec('x', 'BYTES', [-1])]

  test('labels of the manifest go before labels of the graph', () => {
    const labels = new Map([['y', ['graph 0', 'graph 1']]])
    assert.deepEqual(described('', row, undefined, labels).outputs[0]?.as, { kind: 'scores', labels: ['graph 0', 'graph 1'] })
    assert.deepEqual(described('outputs: { y: { kind: scores, labels: [a, b] } }', row, undefined, labels).outputs[0]?.as, {
      kind: 'scores',
      labels: ['a', 'b'],
    })
  })

  test('whole numbers and strings by row are labels', () => {
    const kinds = (['INT64', 'BYTES', 'FP32'] as const).map(
      (datatype) => described('', row, [spec('y', datatype, [-1])]).outputs[0]?.as.kind,
    )
    assert.deepEqual(kinds, ['label', 'label', 'tensor'])
  })

  test('the task is inferred from both sides, unless it is said', () => {
    const scores = new Map([['y', ['a', 'b']]])
    assert.equal(described('', row, undefined, scores).task, 'tabular-classification')
    assert.equal(described('', row, [spec('y', 'FP32', [-1, 1])]).task, 'tabular-regression')
    assert.equal(described('', text, undefined, scores).task, 'text-classification')
    assert.equal(described('', text, [spec('y', 'FP32', [-1, 384])]).task, 'embedding')
    assert.equal(described('', [spec('x', 'FP32', [-1, 3, 8, 8])]).task, 'raw')
    assert.equal(
      described('inputs: { x: { kind: image } }', [spec('x', 'FP32', [-1, 3, 8, 8])], undefined, scores).task,
      'image-classification',
    )
    assert.equal(described('task: embedding', row).task, 'embedding')
  })
})
