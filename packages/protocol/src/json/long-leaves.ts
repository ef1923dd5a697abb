/** Elements of INT64 and UINT64, exact: never by way of a double that cannot hold them. */
import { createData, type TensorData } from '../tensor.ts'
import type { JsonCursor } from './cursor.ts'
import { type Leaves, type LeavesOptions, nextElement, refuseValue, startsNumber } from './leaves.ts'
import { asciiText, cut, exactInteger, readNumber } from './numbers.ts'
import { LONG_RANGES, type LongRange, refuseElement } from './ranges.ts'

const WORD = 2 ** 32

export class LongLeaves implements Leaves {
  readonly #datatype: 'INT64' | 'UINT64'
  readonly #options: LeavesOptions
  readonly #values: BigInt64Array | BigUint64Array
  /** The same octets, low word first: a safe integer is stored without making a bigint of it. */
  readonly #words: Int32Array
  readonly #range: LongRange
  #length = 0

  constructor(datatype: 'INT64' | 'UINT64', options: LeavesOptions) {
    this.#datatype = datatype
    this.#options = options
    this.#values = createData(datatype, options.capacity) as BigInt64Array | BigUint64Array
    this.#words = new Int32Array(this.#values.buffer)
    this.#range = LONG_RANGES[datatype]
  }

  run(cursor: JsonCursor): number {
    const words = this.#words
    const lowest = this.#datatype === 'INT64' ? Number.MIN_SAFE_INTEGER : 0
    const from = this.#length
    let index = from
    do {
      if (!startsNumber(cursor.next())) refuseValue(cursor, { index, datatype: this.#datatype, subject: this.#options.subject })
      const start = cursor.at
      const value = readNumber(cursor, 53)
      if (cursor.plain && value >= lowest && value <= Number.MAX_SAFE_INTEGER) {
        if (2 * index < words.length) {
          words[2 * index] = value | 0
          words[2 * index + 1] = Math.floor(value / WORD)
        }
      } else this.#putExact(cursor, index, start)
      index++
    } while (nextElement(cursor))
    this.#length = index
    return index - from
  }

  #putExact(cursor: JsonCursor, index: number, start: number): void {
    const exact = exactInteger(asciiText(cursor, start, cursor.at))
    if (typeof exact !== 'bigint' || exact < this.#range.low || exact > this.#range.high)
      refuseElement(this.#options.subject, { index, shown: cut(cursor, start), datatype: this.#datatype })
    if (index < this.#values.length) this.#values[index] = exact
  }

  data(): TensorData {
    return this.#values
  }
}
