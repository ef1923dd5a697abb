/** Checks that an answer holds the right numbers, cheaply enough to do it for every one. */

/** The numbers that must come, and where they lie in the answer's JSON: `['outputs', 0, 'data']`; `binary`: FP32 after the JSON head. */
export interface Expected {
  readonly numbers: readonly number[]
  readonly at: readonly (string | number)[] | 'binary'
  /** Of numbers up to 1 absolute, above relative; 1e-5 when absent. */
  readonly tolerance?: number
}

const TOLERANCE = 1e-5
/** Bodies known to be right. Batches of different sizes may round differently, and so be written differently. */
const MOST_KNOWN = 64

export class AnswerCheck {
  readonly #expected: Expected
  readonly #known: Buffer[] = []

  constructor(expected: Expected) {
    this.#expected = expected
  }

  /** Undefined for a right answer, else what is wrong with it. */
  fault(status: number, body: Buffer): string | undefined {
    if (status !== 200) return `status ${status}: ${body.toString('latin1', 0, 200)}`
    if (this.#known.some((known) => known.equals(body))) return undefined
    const numbers = this.#numbersOf(body)
    const { numbers: wanted, tolerance = TOLERANCE } = this.#expected
    const isRight = (value: number, index: number) => {
      const given = numbers[index]
      return typeof given === 'number' && Math.abs(value - given) <= tolerance * Math.max(1, Math.abs(value))
    }
    const right = numbers.length === wanted.length && wanted.every(isRight)
    if (!right) return `wrong numbers: ${numbers.slice(0, 4).join(', ')}… where ${wanted.slice(0, 4).join(', ')}… was expected`
    if (this.#known.length < MOST_KNOWN) this.#known.push(Buffer.from(body))
    return undefined
  }

  #numbersOf(body: Buffer): readonly number[] {
    if (this.#expected.at === 'binary') {
      const octets = 4 * this.#expected.numbers.length
      const tail = Uint8Array.prototype.slice.call(body, Math.max(0, body.length - octets))
      return tail.length === octets ? [...new Float32Array(tail.buffer)] : []
    }
    let value: unknown = JSON.parse(body.toString())
    for (const key of this.#expected.at) value = (value as Record<string | number, unknown> | undefined)?.[key]
    return Array.isArray(value) ? (value as number[]) : []
  }
}
