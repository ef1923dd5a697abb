/** A tensor made longer or shorter along one dimension. */
import { createData, type Datatype, type NumericData, type Tensor, tensor, toBfloat16, toFloat16 } from '@slipway/protocol'

export interface Resize {
  readonly axis: number
  readonly to: number
  /** The value of elements that are added. */
  readonly filler: number
}

/** Elements past `to` are cut off, missing ones are `filler`; only empty texts are ever added to BYTES. */
export function resized(value: Tensor, { axis, to, filler }: Resize): Tensor {
  const from = value.shape[axis] ?? 0
  const outer = product(value.shape.slice(0, axis))
  const inner = product(value.shape.slice(axis + 1))
  const shape = value.shape.map((size, index) => (index === axis ? to : size))
  const kept = Math.min(from, to) * inner
  if (value.datatype === 'BYTES') {
    const parts = Array.from({ length: outer }, (_, index) => {
      const own = value.data.slice(index * from * inner, index * from * inner + kept)
      return [...own, ...new Array<Uint8Array>(to * inner - kept).fill(new Uint8Array())]
    })
    return tensor('BYTES', shape, parts.flat())
  }
  const data = createData(value.datatype, outer * to * inner)
  if (to > from && filler !== 0) fill(data, value.datatype, filler)
  for (let index = 0; index < outer; index++) {
    const own = value.data.subarray(index * from * inner, index * from * inner + kept)
    ;(data as Float32Array).set(own as Float32Array, index * to * inner)
  }
  return tensor(value.datatype, shape, data)
}

function fill(data: NumericData, datatype: Datatype, filler: number): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data.fill(BigInt(Math.trunc(filler)))
  else data.fill(datatype === 'FP16' ? toFloat16(filler) : datatype === 'BF16' ? toBfloat16(filler) : filler)
}

const product = (sizes: readonly number[]): number => sizes.reduce((count, size) => count * size, 1)
