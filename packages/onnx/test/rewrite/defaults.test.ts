/** Inputs with a stored value: what becomes of them in the file, and that the real runtime then answers with either value. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { bytesOf, type NumericData, type Tensor } from '@slipway/protocol'
import { bytesSource, type OnnxModel, readOnnx } from '../../src/main.ts'
import { assertRefused, readAlone } from '../support/refused.ts'
import { run } from '../support/session.ts'
import { type TinyModel, type TinyTensor, tinyModel } from '../support/tiny-onnx.ts'

const X = { name: 'x', shape: ['N', 2] }
const FACTOR: TinyTensor = { name: 'factor', dims: [2], floats: [10, 100] }

/** y = x × factor, where `factor` may be left out. */
function scaling(part: TinyModel = {}): Uint8Array {
  return tinyModel({
    inputs: [X, { name: 'factor', shape: [2] }],
    outputs: [{ name: 'y', shape: ['N', 2] }],
    nodes: [{ op: 'Mul', inputs: ['x', 'factor'], outputs: ['y'] }],
    initializers: [FACTOR],
    ...part,
  })
}

const namesOf = ({ signature }: OnnxModel) => signature.inputs.map(({ name, optional }) => (optional === true ? `${name}?` : name))

test('the stored value and another one both reach the runtime', async () => {
  const model = await readAlone(scaling())
  assert.deepEqual(namesOf(model), ['x', 'factor?'])
  assert.deepEqual(model.defaults, new Map([['factor', { datatype: 'FP32', shape: [2], data: Float32Array.of(10, 100) }]]))
  assert.match(model.rewrites.join(), /input "factor" may be left out/)
  const rewritten = model.rewritten as Uint8Array
  const x = { shape: [1, 2], data: [1, 2] }
  const stored = { shape: [2], data: Array.from(model.defaults.get('factor')?.data as Float32Array) }
  assert.deepEqual((await run(rewritten, model, { x, factor: stored })).y, { shape: [1, 2], data: [10, 200] })
  assert.deepEqual((await run(rewritten, model, { x, factor: { shape: [2], data: [-1, 0.5] } })).y, { shape: [1, 2], data: [-1, 1] })
  const again = await readAlone(rewritten)
  assert.deepEqual([again.rewrites, namesOf(again)], [[], ['x', 'factor']])
})

test('a default of bfloat16 is passed on beside the file, which takes it as FLOAT', async () => {
  const toFloat = (input: string, output: string) => ({ op: 'Cast', inputs: [input], outputs: [output], attributes: { to: { int: 1 } } })
  const model = await readAlone(
    scaling({
      inputs: [
        { ...X, elemType: 16 },
        { name: 'factor', elemType: 16, shape: [2] },
      ],
      nodes: [toFloat('x', 'a'), toFloat('factor', 'b'), { op: 'Mul', inputs: ['a', 'b'], outputs: ['y'] }],
      initializers: [{ name: 'factor', elemType: 16, dims: [2], int32s: [0x3f80, 0x4000] }],
    }),
  )
  assert.deepEqual(model.defaults.get('factor'), { datatype: 'BF16', shape: [2], data: Uint16Array.of(0x3f80, 0x4000) })
  const [x, factor] = [
    { shape: [1, 2], data: [1, 2] },
    { shape: [2], data: [4, 8] },
  ]
  assert.deepEqual((await run(model.rewritten as Uint8Array, model, { x, factor })).y?.data, [4, 16])
})

describe('values are read exactly', () => {
  const cases: readonly (readonly [elemType: number, stored: Partial<TinyTensor>, data: Tensor['data']])[] = [
    [1, { floats: [-0, Number.NaN] }, Float32Array.of(-0, Number.NaN)],
    [2, { int32s: [0, 255] }, Uint8Array.of(0, 255)],
    [3, { int32s: [-128, 127] }, Int8Array.of(-128, 127)],
    [4, { int32s: [0, 65535] }, Uint16Array.of(0, 65535)],
    [5, { int32s: [-32768, 32767] }, Int16Array.of(-32768, 32767)],
    [6, { int32s: [-(2 ** 31), 2 ** 31 - 1] }, Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
    [7, { int64s: [-(2n ** 63n), 2n ** 63n - 1n] }, BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
    [9, { int32s: [0, 256] }, Uint8Array.of(0, 1)],
    [10, { int32s: [0x3c00, 0xfc00] }, Uint16Array.of(0x3c00, 0xfc00)],
    [11, { doubles: [0.1, -1e300] }, Float64Array.of(0.1, -1e300)],
    [12, { uint64s: [0, 2 ** 32 - 1] }, Uint32Array.of(0, 2 ** 32 - 1)],
    [13, { uint64s: [0n, 2n ** 64n - 1n] }, BigUint64Array.of(0n, 2n ** 64n - 1n)],
    [16, { int32s: [0x3f80, 0xff80] }, Uint16Array.of(0x3f80, 0xff80)],
  ]
  const defaultOf = async (elemType: number, stored: Partial<TinyTensor>, dims = [2]) => {
    const value = { name: 'd', elemType, shape: dims }
    const initializers = [{ name: 'd', elemType, dims, ...stored }]
    const nodes = [{ op: 'Identity', inputs: ['d'], outputs: ['y'] }]
    const model = await readAlone(tinyModel({ inputs: [value], outputs: [{ ...value, name: 'y' }], nodes, initializers }))
    return model.defaults.get('d')?.data
  }
  for (const [elemType, stored, data] of cases)
    test(`element type ${elemType}`, async () => {
      assert.deepEqual(await defaultOf(elemType, stored), data)
      assert.deepEqual(await defaultOf(elemType, { ...stored, packed: true }), data)
      assert.deepEqual(await defaultOf(elemType, { raw: bytesOf(data as NumericData).slice() }), data)
    })
  test('text, empty tensors and scalars', async () => {
    const texts = (await defaultOf(8, { texts: ['né', ''] })) as readonly Uint8Array[]
    assert.deepEqual(
      texts.map((octets) => new TextDecoder().decode(octets)),
      ['né', ''],
    )
    assert.deepEqual(await defaultOf(1, {}, [0]), new Float32Array())
    assert.deepEqual(await defaultOf(7, { int64s: [5] }, []), BigInt64Array.of(5n))
  })
  test('an octet of BOOL that is neither 0 nor 1 is true', async () =>
    assert.deepEqual(await defaultOf(9, { raw: Uint8Array.of(7, 0) }), Uint8Array.of(1, 0)))
  test('another number of whole numbers than the shape says is refused', () =>
    assert.rejects(defaultOf(7, { int64s: [1, 2, 3] }), /"d", INT64 \[2\], needs 2 elements and holds 3/))
})

describe('what stays as it is stored', () => {
  const fixed = async (part: TinyModel, says: RegExp) => {
    const model = await readAlone(scaling(part))
    assert.deepEqual([namesOf(model), model.defaults.size], [['x'], 0])
    assert.match(model.rewrites.join(), says)
    assert.deepEqual((await readAlone(model.rewritten as Uint8Array)).rewrites, [])
    return model
  }
  const weights = (count: number, size: number): TinyModel => {
    const initializers = Array.from({ length: count }, (_, index) => ({
      name: `w${index}`,
      dims: [size],
      raw: new Uint8Array(4 * size),
    }))
    return { inputs: [X, ...initializers.map(({ name, dims }) => ({ name, shape: dims }))], initializers: [FACTOR, ...initializers] }
  }

  test('more inputs than a person would set are weights, and the file still runs', async () => {
    const model = await fixed(weights(17, 2), /^inputs "w0", "w1", "w2" and 14 more are weights/)
    const { y } = await run(model.rewritten as Uint8Array, model, { x: { shape: [1, 2], data: [1, 2] } })
    assert.deepEqual(y?.data, [10, 200])
    assert.equal((await readAlone(scaling(weights(16, 2)))).defaults.size, 16)
  })
  test('a large value is a weight', async () => {
    await fixed(weights(1, 2048), /^input "w0" is a weight/)
  })
  test('a value outside the file is a weight', async () => {
    const initializers = [{ name: 'factor', dims: [2], external: [['location', 'f.bin'] as const] }]
    const model = await readOnnx(bytesSource(scaling({ initializers })), { open: async () => bytesSource(new Uint8Array(8)) })
    assert.deepEqual([namesOf(model), model.defaults.size], [['x'], 0])
    assert.match(model.rewrites.join(), /"factor" is a weight/)
  })
  test('a sparse value', async () => {
    await fixed({ initializers: [], sparseInitializers: [FACTOR] }, /"factor" is stored sparsely/)
  })
  test('a type that cannot be sent', async () => {
    await fixed(
      {
        inputs: [X, { name: 'e', elemType: 17, shape: [2] }],
        initializers: [FACTOR, { name: 'e', elemType: 17, dims: [2], raw: new Uint8Array(2) }],
      },
      /"e" is FLOAT8E4M3FN, which cannot be sent/,
    )
  })
  test('a value of another type or shape than is declared', async () => {
    await fixed({ inputs: [X, { name: 'factor', shape: [3] }] }, /"factor" is declared otherwise than what is stored for it, FLOAT \[2\]/)
    await fixed({ inputs: [X, { name: 'factor', elemType: 11, shape: [2] }] }, /declared otherwise/)
  })
})

test('a stored value that is a BF16 output as well is refused', () =>
  assertRefused(
    scaling({
      outputs: [{ name: 'w', elemType: 16, shape: [2] }],
      initializers: [FACTOR, { name: 'w', elemType: 16, dims: [2], int32s: [1, 2] }],
    }),
    /"w" is a BF16 weight that is also an output/,
  ))
