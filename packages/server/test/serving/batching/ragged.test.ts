import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Signature, type Tensors, tensor } from '@slipway/protocol'
import { Ragged } from '../../../src/serving/batching/ragged.ts'
import { proveRagged } from '../../../src/serving/ragged-proof.ts'

const spec = (name: string, datatype: 'INT64' | 'FP32' | 'BYTES', symbols: readonly (string | null)[], shape = symbols.map(() => -1)) => ({
  name,
  datatype,
  shape,
  symbols,
})
const SIGNATURE: Signature = {
  inputs: [spec('ids', 'INT64', ['batch', 'seq']), spec('mask', 'FP32', ['batch', 'seq'])],
  outputs: [spec('each', 'FP32', ['batch', 'seq', null], [-1, -1, 2]), spec('all', 'FP32', ['batch', null], [-1, 2])],
}
const PAD = { ids: 7, mask: 0 }

const request = (ids: readonly number[]): Tensors =>
  new Map([
    ['ids', tensor('INT64', [1, ids.length], BigInt64Array.from(ids, BigInt))],
    ['mask', tensor('FP32', [1, ids.length], new Float32Array(ids.length).fill(1))],
  ])

test('a request is padded with the values given, and outputs with the dimension are cut back', () => {
  const ragged = new Ragged(SIGNATURE, PAD)
  const padded = ragged.pad(request([1, 2]), 4)
  assert.deepEqual(padded.get('ids'), tensor('INT64', [1, 4], BigInt64Array.of(1n, 2n, 7n, 7n)))
  assert.deepEqual(padded.get('mask'), tensor('FP32', [1, 4], Float32Array.of(1, 1, 0, 0)))
  const outputs = new Map([
    ['each', tensor('FP32', [1, 4, 2], Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8))],
    ['all', tensor('FP32', [1, 2], Float32Array.of(9, 10))],
  ])
  const cut = ragged.cut(outputs, 4, 2)
  assert.deepEqual(cut.get('each'), tensor('FP32', [1, 2, 2], Float32Array.of(1, 2, 3, 4)))
  assert.deepEqual(cut.get('all'), outputs.get('all'))
})

test('every row of a request is padded at its own end', () => {
  const ragged = new Ragged(SIGNATURE, PAD)
  const two = new Map([
    ['ids', tensor('INT64', [2, 2], BigInt64Array.of(1n, 2n, 3n, 4n))],
    ['mask', tensor('FP32', [2, 2], Float32Array.of(1, 1, 1, 1))],
  ])
  assert.deepEqual(ragged.pad(two, 3).get('ids'), tensor('INT64', [2, 3], BigInt64Array.of(1n, 2n, 7n, 3n, 4n, 7n)))
})

test('requests of different lengths stand in one group; where inputs disagree on theirs they stand alone', () => {
  const ragged = new Ragged(SIGNATURE, PAD)
  assert.equal(ragged.keyOf(request([1])), ragged.keyOf(request([1, 2, 3])))
  const uneven = new Map([...request([1, 2]), ['mask', tensor('FP32', [1, 1], Float32Array.of(1))] as const])
  assert.equal(ragged.lengthOf(uneven), undefined)
  assert.notEqual(ragged.keyOf(uneven), ragged.keyOf(request([1, 2])))
})

test('what cannot be padded is refused with what to do', () => {
  const refuses = (signature: Signature, pad: Record<string, number>, message: RegExp) =>
    assert.throws(() => new Ragged(signature, pad), { code: 'INVALID_ARGUMENT', message })
  refuses(SIGNATURE, { idz: 0 }, /no input "idz"; its inputs are "ids", "mask"/)
  refuses(SIGNATURE, { ids: 0 }, /input "mask" has the dimension "seq", too, so it needs a value/)
  refuses(SIGNATURE, {}, /names no input/)
  refuses({ inputs: [spec('x', 'FP32', ['batch', null], [-1, 4])], outputs: [] }, { x: 0 }, /no free dimension after the first/)
  refuses({ inputs: [spec('x', 'FP32', ['batch', null])], outputs: [] }, { x: 0 }, /has no name/)
  refuses({ inputs: [spec('x', 'BYTES', ['batch', 'n'])], outputs: [] }, { x: 0 }, /is text/)
  refuses({ inputs: [spec('x', 'FP32', ['batch', 'h', 'w'])], outputs: [] }, { x: 0 }, /"h" and "w", and only one/)
})

/** Sums the ids that the mask keeps, and gives each id back; `leaky` looks at the length, too. */
const summing =
  (leaky: boolean) =>
  async (inputs: Tensors): Promise<Tensors> => {
    const ids = Array.from(inputs.get('ids')?.data as BigInt64Array, Number)
    const mask = inputs.get('mask')?.data as Float32Array
    const sum = ids.reduce((total, id, index) => total + id * (mask[index] as number), leaky ? ids.length : 0)
    return new Map([
      [
        'each',
        tensor(
          'FP32',
          [1, ids.length, 2],
          Float32Array.from({ length: 2 * ids.length }, (_, index) => ids[index >> 1] as number),
        ),
      ],
      ['all', tensor('FP32', [1, 2], Float32Array.of(sum, sum))],
    ])
  }

test('padding is proven where the model heeds its mask, and refused where it does not', async () => {
  const ragged = new Ragged(SIGNATURE, PAD)
  const samples = [request([1, 2, 3]), request([4, 5])]
  assert.deepEqual(await proveRagged(summing(false), samples, ragged), { proven: true })
  const leaky = await proveRagged(summing(true), samples, ragged)
  assert.ok(!leaky.proven)
  assert.match(leaky.why, /output "all" changes when 3 of "seq" are padded to 5/)
})
