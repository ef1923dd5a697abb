/** Elements of every datatype whose values are doubles: floats, integers of up to 32 bits, BOOL. */
import { quoted } from '../errors.ts'
import { toBfloat16, toFloat16 } from '../float16.ts'
import { createData, type NumericDatatype, type TensorData } from '../tensor.ts'
import { type JsonCursor, QUOTE } from './cursor.ts'
import { type Leaves, type LeavesOptions, nextElement, refuseValue, startsNumber } from './leaves.ts'
import { asciiText, cut, exactInteger, readNumber } from './numbers.ts'
import { nonFinite, RANGES, type Range, refuseElement } from './ranges.ts'
import { readString } from './strings.ts'

export type Short = Exclude<NumericDatatype, 'INT64' | 'UINT64'>

/** FP32 and FP64, and the 16-bit floats by way of doubles. */
export class RealLeaves implements Leaves {
  readonly #datatype: Short
  readonly #options: LeavesOptions
  readonly #values: Float32Array | Float64Array
  readonly #bits: 24 | 53
  readonly #range: Range
  #length = 0

  constructor(datatype: Short, options: LeavesOptions) {
    this.#datatype = datatype
    this.#options = options
    this.#bits = datatype === 'FP32' ? 24 : 53
    this.#values = createData(datatype === 'FP32' ? 'FP32' : 'FP64', options.capacity) as Float32Array | Float64Array
    this.#range = RANGES[datatype]
  }

  run(cursor: JsonCursor): number {
    const values = this.#values
    const bits = this.#bits
    const { high } = this.#range
    const from = this.#length
    let index = from
    do {
      const code = cursor.next()
      let value: number
      if (startsNumber(code)) {
        const start = cursor.at
        value = readNumber(cursor, bits)
        if (value >= high || value <= -high) this.#refuse(index, cut(cursor, start))
      } else value = this.#special(cursor, index)
      if (index < values.length) values[index] = value
      index++
    } while (nextElement(cursor))
    this.#length = index
    return index - from
  }

  #special(cursor: JsonCursor, index: number): number {
    if (cursor.next() !== QUOTE) return refuseValue(cursor, { index, datatype: this.#datatype, subject: this.#options.subject })
    const text = readString(cursor)
    return nonFinite(text) ?? this.#refuse(index, `the string ${quoted(text)}`)
  }

  #refuse(index: number, shown: string): never {
    refuseElement(this.#options.subject, { index, shown, datatype: this.#datatype })
  }

  data(): TensorData {
    if (this.#datatype !== 'FP16' && this.#datatype !== 'BF16') return this.#values
    return Uint16Array.from(this.#values, this.#datatype === 'FP16' ? toFloat16 : toBfloat16)
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
    this.#values = new Float64Array(options.capacity)
    this.#range = RANGES[datatype]
  }

  run(cursor: JsonCursor): number {
    const values = this.#values
    const { low, high } = this.#range
    const from = this.#length
    let index = from
    do {
      const code = cursor.next()
      let value: number
      if (startsNumber(code)) {
        const start = cursor.at
        value = readNumber(cursor, 53)
        if (!cursor.plain) value = this.#byValue(cursor, { start, value })
        if (!(value >= low && value <= high))
          refuseElement(this.#options.subject, { index, shown: cut(cursor, start), datatype: this.#datatype })
      } else value = this.#word(cursor, index)
      if (index < values.length) values[index] = value
      index++
    } while (nextElement(cursor))
    this.#length = index
    return index - from
  }

  /** 1.0 and 1e2 are integers; 0.99999999999999999999 is none, though its nearest double is. NaN for a fraction. */
  #byValue(cursor: JsonCursor, number: { start: number; value: number }): number {
    if (!Number.isInteger(number.value)) return Number.NaN
    if (cursor.at - number.start <= 15) return number.value
    const exact = exactInteger(asciiText(cursor, number.start, cursor.at))
    return typeof exact === 'bigint' ? Number(exact) : Number.NaN
  }

  #word(cursor: JsonCursor, index: number): number {
    const code = cursor.next()
    if (this.#datatype !== 'BOOL' || (code !== 0x74 && code !== 0x66))
      return refuseValue(cursor, { index, datatype: this.#datatype, subject: this.#options.subject })
    cursor.word(code === 0x74 ? 'true' : 'false')
    return code === 0x74 ? 1 : 0
  }

  data(): TensorData {
    const data = createData(this.#datatype, this.#values.length) as Uint8Array
    data.set(this.#values)
    return data
  }
}
