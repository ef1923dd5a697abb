/** Large files: their tensor data is skipped, and what is read of them is the same as if all were in memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FileSource, readOnnx } from '../../src/main.ts'
import { assertRefused, emptyFolder, readAlone } from '../support/refused.ts'
import { mapType, sequenceType, type TinyModel, type TinyNode, type TinyTensor, tensorType, tinyModel } from '../support/tiny-onnx.ts'

const MEGABYTE = 2 ** 20

/** A classifier whose weights, in two places, make the file large; with ZipMap when it is to be rewritten. */
function modelOf(weightBytes: number, last: 'ZipMap' | 'Scaler'): Uint8Array {
  const weights = new Uint8Array(weightBytes)
  for (let at = 0; at < weightBytes; at += 997) weights[at] = at % 251
  const tensor = { dims: [weightBytes / 4], raw: weights }
  const zipped = sequenceType(mapType(8, tensorType({ shape: [] })))
  const attributes = last === 'ZipMap' ? { classlabels_strings: { texts: ['no', 'yes'] } } : {}
  return tinyModel({
    inputs: [{ name: 'x', shape: ['N', 2] }],
    outputs: [last === 'ZipMap' ? { name: 'scores', type: zipped } : { name: 'scores', shape: ['N', 2] }],
    nodes: [
      { op: 'Constant', outputs: ['k'], attributes: { value: { tensor: { name: 'c', ...tensor } } } },
      { op: last, domain: 'ai.onnx.ml', inputs: ['x'], outputs: ['scores'], attributes },
    ],
    initializers: [
      { name: 'w', ...tensor },
      { name: 'f', dims: [3], floats: [1, 2, 3] },
      { name: 'v', dims: [50_000], floats: new Array(50_000).fill(0.5) },
    ],
    opsets: { 'ai.onnx.ml': 1 },
    metadata: { note: 'kept' },
  })
}

/** The same file, and a count of the octets read of it. */
function counted(bytes: Uint8Array): FileSource & { total: number } {
  return {
    size: bytes.byteLength,
    links: 1,
    total: 0,
    async read(offset, length) {
      assert.ok(offset >= 0 && length >= 0 && offset + length <= bytes.byteLength, 'read past the end')
      this.total += length
      return bytes.subarray(offset, offset + length)
    },
  }
}

const LARGE = modelOf(12 * MEGABYTE, 'ZipMap')
const SMALL = modelOf(1024, 'ZipMap')

test('of a large file only the structure is read', async () => {
  const source = counted(modelOf(12 * MEGABYTE, 'Scaler'))
  const model = await readOnnx(source, emptyFolder)
  assert.equal(model.parameters, 3 * MEGABYTE + 3 + 50_000)
  assert.ok(source.total < 5 * MEGABYTE, `${source.total} bytes were read of ${source.size}`)
})

const weights: TinyTensor = { name: 'w', dims: [5 * MEGABYTE], raw: new Uint8Array(20 * MEGABYTE) }
const constant: TinyNode = { op: 'Constant', outputs: ['k'], attributes: { value: { tensor: weights } } }
const PLACES: Readonly<Record<string, TinyModel>> = {
  'an initializer': { initializers: [weights] },
  'a sparse initializer': { sparseInitializers: [weights] },
  'a node': { nodes: [constant] },
  'a sparse attribute': { nodes: [{ op: 'Constant', outputs: ['k'], attributes: { sparse_value: { sparse: weights } } }] },
  'a subgraph': { nodes: [{ op: 'If', inputs: ['x'], outputs: ['k'], attributes: { then_branch: { graph: { nodes: [constant] } } } }] },
  'a function': { functions: [{ name: 'f', domain: 'own', inputs: [], outputs: ['k'], nodes: [constant] }] },
}
for (const [place, part] of Object.entries(PLACES))
  test(`weights in ${place} are not read`, async () => {
    const x = { name: 'x', shape: ['N'] }
    const source = counted(tinyModel({ inputs: [x], outputs: [x], ...part }))
    await readOnnx(source, emptyFolder)
    assert.ok(source.total < 3 * MEGABYTE, `${source.total} bytes were read`)
  })

test('a large file is understood and rewritten exactly as a small one', async () => {
  const [large, small] = [await readAlone(LARGE), await readAlone(SMALL)]
  assert.deepEqual(large.signature, small.signature)
  assert.deepEqual(large.operators, small.operators)
  assert.deepEqual(large.labels, small.labels)
  assert.deepEqual(large.rewrites, small.rewrites)
  assert.deepEqual(large.metadata, small.metadata)
  const again = await readAlone(large.rewritten as Uint8Array)
  assert.deepEqual(again.rewrites, [])
  assert.deepEqual(
    again.signature.outputs.map(({ name, datatype }) => [name, datatype]),
    [['scores', 'FP32']],
  )
  assert.equal(again.parameters, 3 * MEGABYTE + 3 + 50_000)
})

test('a large file that is cut short or has a wrong length inside is refused', async () => {
  await assertRefused(LARGE.subarray(0, LARGE.byteLength - 20), /damaged|imports no opset|no operator set/)
  await assertRefused(LARGE.subarray(0, 20 * MEGABYTE), /ends past the end/)
})

test('a file with more structure than the limit is refused', async () => {
  const x = { name: 'x', shape: ['N'] }
  const bytes = tinyModel({ inputs: [x], outputs: [x], metadata: { story: 'long '.repeat(MEGABYTE) } })
  await assertRefused(bytes, /bytes besides its tensor data; at most 1048576 are read/, { structureBytes: MEGABYTE })
  await readAlone(bytes)
})

test('a file larger than the limit is refused unread', async () => {
  const source: FileSource = { size: 2 ** 31 + 1, links: 1, read: () => assert.fail('must not be read') }
  await assert.rejects(readOnnx(source, emptyFolder), /at most 2147483648 are read/)
})
