/** Random tensors of every datatype, with the values that break codecs more often than chance would bring them. */
import fc from 'fast-check'
import { createData, DATATYPES, type Datatype, elementCount, type NumericDatatype, type Tensor, tensor } from '../../src/tensor.ts'

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })

function data(datatype: Datatype, length: number): fc.Arbitrary<Tensor['data']> {
  if (datatype === 'BYTES') return fc.array(fc.uint8Array({ maxLength: 12 }), { minLength: length, maxLength: length })
  if (datatype === 'BOOL') return fc.uint8Array({ min: 0, max: 1, minLength: length, maxLength: length })
  const octets = createData(datatype, length).byteLength
  return fc.uint8Array({ minLength: octets, maxLength: octets }).map((bytes) => {
    const values = createData(datatype as NumericDatatype, length)
    new Uint8Array(values.buffer).set(bytes)
    return canonical(datatype, values)
  })
}

/** JSON has one NaN; which of the many it was is lost. */
function canonical(datatype: Datatype, values: Tensor['data']): Tensor['data'] {
  if (values instanceof Float32Array || values instanceof Float64Array)
    return values.map((value) => (Number.isNaN(value) ? Number.NaN : value))
  if (datatype === 'FP16') return (values as Uint16Array).map((half) => ((half & 0x7fff) > 0x7c00 ? 0x7e00 : half))
  if (datatype === 'BF16') return (values as Uint16Array).map((half) => ((half & 0x7fff) > 0x7f80 ? 0x7fc0 : half))
  return values
}

/** Any tensor of a datatype. */
export function arbitraryTensor(datatype: Datatype): fc.Arbitrary<Tensor> {
  return shape.chain((sizes) => data(datatype, elementCount(sizes)).map((values) => tensor(datatype, sizes, values)))
}

/** A few tensors by name, of any datatypes. */
export const arbitraryTensors: fc.Arbitrary<ReadonlyMap<string, Tensor>> = fc
  .uniqueArray(
    fc.tuple(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(...DATATYPES).chain((datatype) => arbitraryTensor(datatype)),
    ),
    { selector: ([name]) => name, maxLength: 5 },
  )
  .map((entries) => new Map(entries))
