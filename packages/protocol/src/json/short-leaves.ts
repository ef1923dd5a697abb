/** Elements of every datatype whose values are doubles: floats, integers of up to 32 bits, BOOL. */
import { quoted } from '../errors.ts'
import { toBfloat16, toFloat16 } from '../float16.ts'
import { createData, type NumericDatatype, type TensorData } from '../tensor.ts'
import { type JsonCursor, QUOTE } from './cursor.ts'
import { type Leaves, type LeavesOptions, nextElement, refuseValue, startsNumber, workingRoom } from './leaves.ts'
import { asciiText, cut, exactInteger, readNumber } from './numbers.ts'
import { readQuickIntegers, readQuickReals } from './quick-numbers.ts'
import { nonFinite, RANGES, type Range, refuseElement } from './ranges.ts'
import { readString } from './strings.ts'

export type Short = Exclude<NumericDatatype, 'INT64' | 'UINT64'>

/** FP32 and FP64, and the 16-bit floats by way of doubles. */
export class RealLeaves implements Leaves {
  readonly #datatype: Short
  readonly #options: LeavesOptions
  readonly #values: Float32Array | Float64Array
  #length = 0

  constructor(datatype: Short, options: LeavesOptions) {
    this.#datatype = datatype
    this.#options = options
    this.#values = datatype === 'FP32' ? new Float32Array(options.capacity) : new Float64Array(options.capacity)
  }

  run(cursor: JsonCursor): number {
    const values = this.#values
    // Every number of the quick way is below 10^9 in size; only the 16-bit floats have ranges that end before.
    const quick = this.#datatype !== 'FP16'
    let index = this.#length
    do {
      if (quick) index = readQuickReals(cursor, values, index)
      const value = this.#element(cursor, index)
      if (index < values.length) values[index] = value
      index++
    } while (nextElement(cursor))
    const read = index - this.#length
    this.#length = index
    return read
  }

  #element(cursor: JsonCursor, index: number): number {
    const code = cursor.next()
    if (startsNumber(code)) {
      const { high } = RANGES[this.#datatype]
      const start = cursor.at
      const value = readNumber(cursor, this.#datatype === 'FP32' ? 24 : 53)
      return value < high && value > -high ? value : this.#refuse(index, cut(cursor, start))
    }
    if (code !== QUOTE) return refuseValue(cursor, { index, datatype: this.#datatype, subject: this.#options.subject })
    const text = readString(cursor)
    return nonFinite(text) ?? this.#refuse(index, `the string ${quoted(text)}`)
  }

  #refuse(index: number, shown: string): never {
    refuseElement(this.#options.subject, { index, shown, datatype: this.#datatype })
  }

  data(count?: number): TensorData {
    const values = count === undefined ? this.#values : this.#values.slice(0, count)
    if (this.#datatype !== 'FP16' && this.#datatype !== 'BF16') return values
    return Uint16Array.from(values, this.#datatype === 'FP16' ? toFloat16 : toBfloat16)
  }
}

/** Integers of up to 32 bits, and BOOL. */
export class WholeLeaves implements Leaves {
  readonly #datatype: Short
  readonly #options: LeavesOptions
  readonly #values: Float64Array
  readonly #range: Range
  #length = 0

  constructor(datatype: Short, options: LeavesOptions) {
    this.#datatype = datatype
    this.#options = options
    this.#values = workingRoom(options.capacity)
    this.#range = RANGES[datatype]
  }

  run(cursor: JsonCursor): number {
    const values = this.#values
    const { low, high } = this.#range
    const { capacity } = this.#options
    let index = this.#length
    do {
      index = readQuickIntegers(cursor, values, { from: index, to: capacity, low, high })
      const value = this.#element(cursor, index)
      if (index < capacity) values[index] = value
      index++
    } while (nextElement(cursor))
    const read = index - this.#length
    this.#length = index
    return read
  }

  #element(cursor: JsonCursor, index: number): number {
    const code = cursor.next()
    if (startsNumber(code)) {
      const start = cursor.at
      let value = readNumber(cursor, 53)
      if (!cursor.plain) value = byValue(cursor, start, value)
      if (value >= this.#range.low && value <= this.#range.high) return value
      return refuseElement(this.#options.subject, { index, shown: cut(cursor, start), datatype: this.#datatype })
    }
    if (this.#datatype !== 'BOOL' || (code !== 0x74 && code !== 0x66))
      return refuseValue(cursor, { index, datatype: this.#datatype, subject: this.#options.subject })
    cursor.word(code === 0x74 ? 'true' : 'false')
    return code === 0x74 ? 1 : 0
  }

  data(count = this.#options.capacity): TensorData {
    const data = createData(this.#datatype, count) as Uint8Array
    for (let index = 0; index < count; index++) data[index] = this.#values[index] as number
    return data
  }
}

/** 1.0 and 1e2 are integers; 0.99999999999999999999 is none, though its nearest double is. NaN for a fraction. */
function byValue(cursor: JsonCursor, start: number, value: number): number {
  if (!Number.isInteger(value)) return Number.NaN
  if (cursor.at - start <= 15) return value
  const exact = exactInteger(asciiText(cursor, start, cursor.at))
  return typeof exact === 'bigint' ? Number(exact) : Number.NaN
}
