/** NumPy's file format for one array, versions 1.0 to 3.0. Source: numpy.org/doc/stable/reference/generated/numpy.lib.format.html. */
import {
  bytesOf,
  createData,
  type Datatype,
  elementCount,
  ITEM_BYTES,
  type NumericDatatype,
  numbersOf,
  quoted,
  ServeError,
  type Tensor,
  tensor,
  viewData,
} from '@slipway/protocol'

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)

const DATATYPES: Readonly<Record<string, NumericDatatype>> = {
  b1: 'BOOL',
  u1: 'UINT8',
  u2: 'UINT16',
  u4: 'UINT32',
  u8: 'UINT64',
  i1: 'INT8',
  i2: 'INT16',
  i4: 'INT32',
  i8: 'INT64',
  f2: 'FP16',
  f4: 'FP32',
  f8: 'FP64',
}

/** The array of a .npy file: numbers may be views of `bytes`; text of fixed width (`S`, `U`) becomes BYTES. Throws INVALID_ARGUMENT. */
export function decodeNpy(bytes: Uint8Array): Tensor {
  const { descr, fortran, shape, start } = readHeader(bytes)
  const [, order, kind = '', width = ''] = /^([<>|=]?)([a-zA-Z])(\d+)$/.exec(descr) ?? []
  const datatype = DATATYPES[kind + width]
  const size = datatype === undefined ? Number(width) * (kind === 'U' ? 4 : 1) : ITEM_BYTES[datatype]
  if (datatype === undefined && kind !== 'S' && kind !== 'U')
    refuse(`its type ${quoted(descr)} is not read: send numbers, truth values or text of fixed width`)
  const count = elementCount(shape)
  if (size === 0 || !Number.isSafeInteger(count * size)) refuse(`shape (${shape.join(', ')}) of ${quoted(descr)} is none that can be held`)
  const octets = bytes.subarray(start)
  if (octets.byteLength !== count * size)
    refuse(`shape (${shape.join(', ')}) of ${quoted(descr)} takes ${count * size} octets, but there are ${octets.byteLength}`)
  const little = order === '>' ? swapped(octets, kind === 'U' ? 4 : size) : octets
  const inOrder = fortran ? transposed(little, shape, size) : little
  if (datatype !== undefined) return tensor(datatype, shape, truths(datatype, inOrder))
  const texts = Array.from({ length: count }, (_, index) => inOrder.subarray(index * size, (index + 1) * size))
  return tensor('BYTES', shape, texts.map(kind === 'S' ? withoutPadding : textOf))
}

interface Header {
  readonly descr: string
  readonly fortran: boolean
  readonly shape: readonly number[]
  /** Where the elements begin. */
  readonly start: number
}

/** Python's own writing of a dictionary with three keys, in any order. */
function readHeader(bytes: Uint8Array): Header {
  if (!MAGIC.every((octet, index) => bytes[index] === octet)) refuse('it does not begin with \\x93NUMPY')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const major = bytes[6] ?? 0
  const from = major === 1 ? 10 : 12
  if (major < 1 || major > 3 || bytes.byteLength < from) refuse(`its version ${major} is not 1, 2 or 3`)
  const start = from + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (start > bytes.byteLength) refuse('its header is cut off')
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(from, start))
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1]
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const shape = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text)?.[1]
  if (descr === undefined) refuse('its type is not one plain type; arrays of records are not read')
  if (fortran === undefined || shape === undefined) refuse("its header has no 'fortran_order' or no 'shape'")
  return { descr, fortran: fortran === 'True', shape: (shape.match(/\d+/g) ?? []).map(Number), start }
}

function refuse(problem: string): never {
  throw new ServeError('INVALID_ARGUMENT', `the body is no array of numpy.save that can be read: ${problem}`)
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const copy = Buffer.from(bytes)
  if (size === 2) copy.swap16()
  if (size === 4) copy.swap32()
  if (size === 8) copy.swap64()
  return copy
}

/** From column-major to row-major. */
function transposed(bytes: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const copy = new Uint8Array(bytes.byteLength)
  const index = shape.map(() => 0)
  const steps = shape.map((_, axis) => shape.slice(0, axis).reduce((product, length) => product * length, size))
  for (let to = 0; to < copy.byteLength; to += size) {
    let from = 0
    for (let axis = 0; axis < index.length; axis++) from += (index[axis] as number) * (steps[axis] as number)
    for (let octet = 0; octet < size; octet++) copy[to + octet] = bytes[from + octet] as number
    for (let axis = index.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1
      if ((index[axis] as number) < (shape[axis] as number)) break
      index[axis] = 0
    }
  }
  return copy
}

function truths(datatype: NumericDatatype, bytes: Uint8Array) {
  if (datatype === 'BOOL' && bytes.some((octet) => octet > 1)) refuse('a truth value is neither 0 nor 1')
  return viewData(datatype, bytes)
}

/** NumPy fills text of fixed width up with zeros, and drops them when it reads. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  let end = bytes.byteLength
  while (end > 0 && bytes[end - 1] === 0) end--
  return bytes.slice(0, end)
}

/** UTF-32 to UTF-8. */
function textOf(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const points: number[] = []
  for (let at = 0; at < bytes.byteLength; at += 4) points.push(view.getUint32(at, true))
  while (points.at(-1) === 0) points.pop()
  if (points.some((point) => point > 0x10ffff || (point >= 0xd800 && point < 0xe000))) refuse('a character is none of Unicode')
  return Buffer.from(points.map((point) => String.fromCodePoint(point)).join(''))
}

/** A .npy file, version 1.0, row-major. BF16, which NumPy lacks, is written as FP32, which holds it exactly; BYTES as `S`. */
export function encodeNpy(value: Tensor): Uint8Array {
  const { descr, octets } = elementsOf(value)
  const shape = `(${value.shape.join(', ')}${value.shape.length === 1 ? ',' : ''})`
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`
  // The elements begin at a multiple of 64 octets.
  const length = Math.ceil((MAGIC.length + 4 + text.length + 1) / 64) * 64
  const head = Buffer.alloc(length, ' ')
  head.set([...MAGIC, 1, 0])
  head.writeUInt16LE(length - 10, 8)
  head.write(text, 10, 'latin1')
  head[length - 1] = 0x0a
  return Buffer.concat([head, octets])
}

function elementsOf(value: Tensor): { readonly descr: string; readonly octets: Uint8Array } {
  if (value.datatype === 'BYTES') {
    const width = value.data.reduce((most, { byteLength }) => Math.max(most, byteLength), 1)
    const octets = new Uint8Array(width * value.data.length)
    for (const [index, element] of value.data.entries()) octets.set(element, index * width)
    return { descr: `|S${width}`, octets }
  }
  if (value.datatype === 'BF16') {
    const data = createData('FP32', value.data.length) as Float32Array
    data.set(numbersOf(value))
    return { descr: '<f4', octets: bytesOf(data) }
  }
  return { descr: `${ITEM_BYTES[value.datatype] === 1 ? '|' : '<'}${KINDS[value.datatype]}`, octets: bytesOf(value.data) }
}

const KINDS = Object.fromEntries(Object.entries(DATATYPES).map(([kind, datatype]) => [datatype, kind])) as Readonly<
  Record<Datatype, string>
>
