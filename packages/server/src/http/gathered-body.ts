/** A body as its chunks come: one chunk stays where it is; several of a declared length are put together as they come, and not once more at the end. */

/** Where tensors can be viewed without a copy, whatever their datatype. */
const ALIGNED = 8

import { letGo } from '../base/memory.ts'

export class GatheredBody {
  readonly #declared: number | undefined
  readonly #headBytes: number
  readonly #chunks: Buffer[] = []
  #room: Buffer | undefined
  bytes = 0
  chunks = 0

  /**
   * `declared` is the length that the caller gave, if any, within the limit already; `headBytes` of it come before binary tensors. The
   * memory is taken from the system at once, but becomes real only as it is written to.
   */
  constructor(declared: number | undefined, headBytes: number) {
    this.#declared = declared
    this.#headBytes = headBytes
  }

  /** Takes the chunk over: nobody may use it any more. */
  add(chunk: Buffer): void {
    const size = chunk.byteLength
    if (this.chunks === 0 && this.#declared !== undefined && size < this.#declared) this.#room = this.#makeRoom(this.#declared)
    if (this.#room === undefined) this.#chunks.push(chunk)
    else {
      chunk.copy(this.#room, this.bytes)
      letGo(chunk)
    }
    this.bytes += size
    this.chunks += 1
  }

  whole(): Uint8Array {
    if (this.#room !== undefined) return this.#room.subarray(0, this.bytes)
    return this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks, this.bytes)
  }

  /** Gives back what was put together. */
  letGo(): void {
    if (this.#room !== undefined) letGo(this.#room)
    this.#room = undefined
  }

  /** So that what comes behind the head lies on a multiple of 8. */
  #makeRoom(length: number): Buffer {
    const shift = (ALIGNED - (this.#headBytes % ALIGNED)) % ALIGNED
    return Buffer.allocUnsafeSlow(length + shift).subarray(shift)
  }
}
