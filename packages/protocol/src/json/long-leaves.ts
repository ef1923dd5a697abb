/** Elements of INT64 and UINT64, exact: never by way of a double that cannot hold them. */
import { createData, type TensorData } from '../tensor.ts'
import type { JsonCursor } from './cursor.ts'
import { type Leaves, type LeavesOptions, nextElement, refuseValue, startsNumber, workingRoom } from './leaves.ts'
import { asciiText, cut, exactInteger, readNumber } from './numbers.ts'
import { readQuickIntegers } from './quick-numbers.ts'
import { LONG_RANGES, refuseElement } from './ranges.ts'

const WORD = 2 ** 32

export class LongLeaves implements Leaves {
  readonly #datatype: 'INT64' | 'UINT64'
  readonly #options: LeavesOptions
  /** The elements that are safe integers; NaN where `#large` has the element. */
  readonly #values: Float64Array
  #large: Map<number, bigint> | undefined
  readonly #low: number
  #length = 0

  constructor(datatype: 'INT64' | 'UINT64', options: LeavesOptions) {
    this.#datatype = datatype
    this.#options = options
    this.#values = workingRoom(options.capacity)
    this.#low = datatype === 'INT64' ? Number.MIN_SAFE_INTEGER : 0
  }

  run(cursor: JsonCursor): number {
    const values = this.#values
    const { capacity } = this.#options
    let index = this.#length
    do {
      index = readQuickIntegers(cursor, values, { from: index, to: capacity, low: this.#low, high: Number.MAX_SAFE_INTEGER })
      const value = this.#element(cursor, index)
      if (index < capacity) values[index] = value
      index++
    } while (nextElement(cursor))
    const read = index - this.#length
    this.#length = index
    return read
  }

  #element(cursor: JsonCursor, index: number): number {
    if (!startsNumber(cursor.next())) refuseValue(cursor, { index, datatype: this.#datatype, subject: this.#options.subject })
    const start = cursor.at
    const value = readNumber(cursor, 53)
    if (cursor.plain && value >= this.#low && value <= Number.MAX_SAFE_INTEGER) return value
    const { low, high } = LONG_RANGES[this.#datatype]
    const exact = exactInteger(asciiText(cursor, start, cursor.at))
    if (typeof exact !== 'bigint' || exact < low || exact > high)
      refuseElement(this.#options.subject, { index, shown: cut(cursor, start), datatype: this.#datatype })
    if (index < this.#options.capacity) this.#large = (this.#large ?? new Map()).set(index, exact)
    return Number.NaN
  }

  data(count = this.#options.capacity): TensorData {
    const values = this.#values
    const data = createData(this.#datatype, count) as BigInt64Array
    // Two words of 32 bits, low word first, store a safe integer without making a bigint of it.
    const words = new Int32Array(data.buffer)
    for (let index = 0; index < count; index++) {
      const value = values[index] as number
      words[2 * index] = value | 0
      words[2 * index + 1] = Math.floor(value / WORD)
    }
    for (const [index, value] of this.#large ?? []) data[index] = value
    return data
  }
}
