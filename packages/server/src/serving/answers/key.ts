/**
 * The name under which an answer is kept: SHA-256 over the model's identity and every input's name, datatype, shape and
 * octets, with lengths in front of whatever varies, so that no two requests are written alike.
 *
 * SHA-256 and not a faster checksum, since callers choose the inputs: were two of them easy to bring to one key, a
 * caller could plant an answer for another's request. With the processor's own instructions it takes 0.4 µs for 300 B
 * and 0.34 ms for 602 KB, on Node and Bun; BLAKE2 takes about twice that.
 */
import { createHash, type Hash, hash } from 'node:crypto'
import { bytesOf, DATATYPES, type Tensor, type Tensors } from '@slipway/protocol'

export interface Identity {
  readonly model: string
  readonly version: string
  /** Of the package: of the model's files and of its manifest, which declares the transforms. */
  readonly digest: string
}

/** 43 characters of base64url. */
export type KeyOf = (inputs: Tensors) => string

/** The order of the inputs makes no difference; what a caller says besides them never reaches the model, so it is no part. */
export function createKeyOf({ model, version, digest }: Identity): KeyOf {
  const identity = createHash('sha256')
    .update(JSON.stringify([model, version, digest]))
    .digest()
  return (inputs) => {
    const feed = new Feed()
    feed.octets(identity)
    const names = inputs.size === 1 ? inputs.keys() : [...inputs.keys()].sort()
    for (const name of names) addTensor(feed, name, inputs.get(name) as Tensor)
    return feed.digest()
  }
}

const NUMBER_OF = new Map(DATATYPES.map((datatype, index) => [datatype, index]))

function addTensor(feed: Feed, name: string, { datatype, shape, data }: Tensor): void {
  feed.text(name)
  feed.number(NUMBER_OF.get(datatype) as number)
  feed.number(shape.length)
  for (const size of shape) feed.number(size)
  if (datatype === 'BYTES') {
    feed.number(data.length)
    for (const element of data) feed.sized(element)
  } else feed.sized(bytesOf(data))
}

/** What fits is gathered here and digested in one call; the event loop runs one key at a time. */
const gathered = Buffer.alloc(64 * 1024)

/** Octets on their way into one digest. */
class Feed {
  #at = 0
  #hash: Hash | undefined

  number(value: number): void {
    this.#makeRoom(8)
    this.#at = gathered.writeDoubleLE(value, this.#at)
  }

  text(text: string): void {
    // Names are short: what is long goes the way of octets.
    if (text.length * 3 > gathered.length / 4) return void this.sized(Buffer.from(text))
    this.#makeRoom(8 + text.length * 3)
    const written = gathered.write(text, this.#at + 8)
    gathered.writeDoubleLE(written, this.#at)
    this.#at += 8 + written
  }

  sized(octets: Uint8Array): void {
    this.number(octets.byteLength)
    this.octets(octets)
  }

  octets(octets: Uint8Array): void {
    if (octets.byteLength > gathered.length - this.#at) {
      const flushed = this.#flush()
      if (octets.byteLength > gathered.length) return void flushed.update(octets)
    }
    gathered.set(octets, this.#at)
    this.#at += octets.byteLength
  }

  digest(): string {
    if (this.#hash === undefined) return hash('sha256', gathered.subarray(0, this.#at), 'base64url')
    return this.#flush().digest('base64url')
  }

  #makeRoom(bytes: number): void {
    if (bytes > gathered.length - this.#at) this.#flush()
  }

  #flush(): Hash {
    this.#hash ??= createHash('sha256')
    this.#hash.update(gathered.subarray(0, this.#at))
    this.#at = 0
    return this.#hash
  }
}
