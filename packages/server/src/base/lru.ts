/** A map with a budget in octets: what was used longest ago makes room, and what is past its time is not found. */
interface Slot<Value> {
  readonly value: Value
  readonly bytes: number
  /** On the clock of whoever asks (ms). */
  readonly until: number
}

export class Lru<Value> {
  /** From the longest unused to the last used. */
  readonly #slots = new Map<string, Slot<Value>>()
  #maxBytes: number
  #bytes = 0
  #evictions = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get entries(): number {
    return this.#slots.size
  }

  /** Values that had to make room. */
  get evictions(): number {
    return this.#evictions
  }

  get(key: string, now: number): Value | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined) return undefined
    this.#slots.delete(key)
    if (slot.until <= now) {
      this.#bytes -= slot.bytes
      return undefined
    }
    this.#slots.set(key, slot)
    return slot.value
  }

  /** `bytes` is all that the value keeps alive. One larger than the whole budget is not kept. */
  set(key: string, value: Value, { bytes, until }: { readonly bytes: number; readonly until: number }): void {
    this.#drop(key)
    if (bytes > this.#maxBytes) return
    this.#slots.set(key, { value, bytes, until })
    this.#bytes += bytes
    this.#makeRoom()
  }

  /** Gives back at once what is past the new budget. */
  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes
    this.#makeRoom()
  }

  clear(): void {
    this.#slots.clear()
    this.#bytes = 0
  }

  #makeRoom(): void {
    for (const key of this.#slots.keys()) {
      if (this.#bytes <= this.#maxBytes) return
      this.#drop(key)
      this.#evictions += 1
    }
  }

  #drop(key: string): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) return
    this.#slots.delete(key)
    this.#bytes -= slot.bytes
  }
}
