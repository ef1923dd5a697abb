/** Cuts what a caller sends into messages: each is admitted when its length is known, before the rest of it is read. */
import type { ServerHttp2Stream } from 'node:http2'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { quoted, ServeError } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { tooLarge } from './body.ts'
import type { RpcMessage } from './rpc.ts'
import { PREFIX_BYTES } from './server-grpc-wire.ts'

export interface MessageOptions {
  readonly admit: (bytes: number) => () => void
  readonly clock: Clock
  readonly limitBytes: number
  /** Of the header grpc-encoding. */
  readonly encoding: string | undefined
  /** Where the octets begin that are to lie on a multiple of 8. */
  readonly bulkOffset: (start: Uint8Array) => number | undefined
}

/** Of the widest elements. */
const ALIGNMENT = 8
/** Pieces that one message may come in; a flood of tiny ones costs more than its octets. */
const MOST_PIECES = 65_536

/** Owns the reading half of a stream. `next` is never called twice at once. */
export class MessageReader {
  readonly #stream: ServerHttp2Stream
  readonly #options: MessageOptions
  readonly #held = new Set<() => void>()
  #pieces: Buffer[] = []
  #bytes = 0
  /** Of the message that is being read, once its prefix is there. */
  #head: { readonly packed: boolean; readonly length: number; readonly release: () => void } | undefined
  #ended = false
  #failure: ServeError | undefined
  #wake: (() => void) | undefined

  constructor(stream: ServerHttp2Stream, options: MessageOptions) {
    this.#stream = stream
    this.#options = options
    stream.on('data', (piece: Buffer) => this.#take(piece))
    stream.on('end', () => this.#finish())
    stream.on('error', () => this.fail(gone()))
    stream.on('close', () => (this.#ended ? undefined : this.fail(gone())))
  }

  /** The next message, or undefined when the caller has sent its last. Rejects with DEADLINE_EXCEEDED when it is not complete after `ms`, or has not begun after `idleMs`. */
  async next(ms: number, idleMs = Number.POSITIVE_INFINITY): Promise<RpcMessage | undefined> {
    const { clock } = this.#options
    const startedAt = clock.monotonic()
    let message = this.#cut()
    while (message === undefined && !this.#ended) {
      const mostMs = this.#bytes > 0 || this.#head !== undefined ? ms : idleMs
      const left = startedAt + mostMs - clock.monotonic()
      if (left <= 0) throw new ServeError('DEADLINE_EXCEEDED', `the message was not complete after ${Math.round(mostMs)} ms`)
      await this.#more(left)
      message = this.#cut()
    }
    if (message !== undefined) return this.#unpacked(message)
    if (this.#bytes > 0 || this.#head !== undefined)
      throw new ServeError('INVALID_ARGUMENT', 'the call ended in the middle of a message; send as many octets as its prefix says')
    return undefined
  }

  /** Ends reading with this reason. */
  fail(reason: ServeError): void {
    this.#failure ??= reason
    this.#wake?.()
  }

  /** Reads no more messages: what still comes is dropped, so that the end of it is seen. */
  drop(): void {
    this.#stream.removeAllListeners('data')
    this.#stream.resume()
  }

  /** Gives back what is still held. */
  close(): void {
    this.drop()
    for (const release of this.#held) release()
    this.#held.clear()
    this.#pieces = []
  }

  #take(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#bytes += piece.byteLength
    if (this.#pieces.length > MOST_PIECES)
      this.fail(new ServeError('INVALID_ARGUMENT', `the message comes in more than ${MOST_PIECES} pieces; send larger ones`))
    if (this.#head === undefined || this.#bytes >= this.#head.length) {
      this.#stream.pause()
      this.#wake?.()
    }
  }

  #finish(): void {
    this.#ended = true
    this.#wake?.()
  }

  async #more(ms: number): Promise<void> {
    if (this.#failure === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      const cancel = Number.isFinite(ms) ? this.#options.clock.after(ms, resolve) : undefined
      this.#stream.resume()
      await promise
      cancel?.()
      this.#wake = undefined
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  /** A whole message from what has come, if there is one. */
  #cut(): { readonly bytes: Buffer; readonly packed: boolean; readonly release: () => void } | undefined {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#head === undefined) {
      if (this.#bytes < PREFIX_BYTES) return undefined
      this.#head = this.#admit(this.#join(PREFIX_BYTES))
    }
    if (this.#bytes < this.#head.length) return undefined
    const { length, packed, release } = this.#head
    this.#head = undefined
    return { bytes: this.#join(length), packed, release }
  }

  #admit(prefix: Buffer): { readonly packed: boolean; readonly length: number; readonly release: () => void } {
    const packed = prefix[0] === 1
    if (!packed && prefix[0] !== 0)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `a message starts with the octet ${prefix[0]}; gRPC starts each with 0, or 1 when it is packed`,
      )
    const length = prefix.readUInt32BE(1)
    if (length > this.#options.limitBytes) throw tooLarge(this.#options.limitBytes)
    const leave = this.#options.admit(length)
    const release = () => {
      leave()
      this.#held.delete(release)
    }
    this.#held.add(release)
    return { packed, length, release }
  }

  /** Takes so many octets from the front: a view when they came in one piece, which is not written to again. */
  #join(length: number): Buffer {
    const [first] = this.#pieces
    this.#bytes -= length
    if (first === undefined || length === 0) return Buffer.alloc(0)
    if (first.byteLength > length) {
      this.#pieces[0] = first.subarray(length)
      return first.subarray(0, length)
    }
    if (first.byteLength === length) return this.#pieces.shift() as Buffer
    const all = this.#gather(length)
    let taken = length
    this.#pieces = this.#pieces.flatMap((piece) => {
      const rest = piece.subarray(Math.min(taken, piece.byteLength))
      taken -= piece.byteLength - rest.byteLength
      return rest.byteLength > 0 ? [rest] : []
    })
    return all
  }

  /** The only copy of a large tensor on its way in: to where its elements can be read as they lie. */
  #gather(length: number): Buffer {
    const pad = (ALIGNMENT - ((this.#options.bulkOffset(this.#pieces[0] as Buffer) ?? 0) % ALIGNMENT)) % ALIGNMENT
    // From a pool, the start would be anywhere.
    const all = Buffer.allocUnsafeSlow(pad + length)
    let at = pad
    for (const piece of this.#pieces) at += piece.copy(all, at)
    return all.subarray(pad)
  }

  async #unpacked({ bytes, packed, release }: { bytes: Buffer; packed: boolean; release: () => void }): Promise<RpcMessage> {
    return { bytes: packed ? await unpack(bytes, this.#options) : bytes, release }
  }
}

type Unpack = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Buffer>
const UNPACK = new Map<string, Unpack>([
  ['gzip', promisify(zlib.gunzip) as Unpack],
  ['deflate', promisify(zlib.inflate) as Unpack],
])

async function unpack(bytes: Buffer, { encoding, limitBytes }: MessageOptions): Promise<Buffer> {
  const work = UNPACK.get(encoding ?? '')
  if (work === undefined)
    throw new ServeError(
      'UNIMPLEMENTED',
      `the message is packed, and grpc-encoding is ${quoted(encoding ?? '')}; this server takes ${[...UNPACK.keys()].join(', ')} and identity`,
    )
  try {
    return await work(bytes, { maxOutputLength: limitBytes })
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limitBytes)
    throw new ServeError('INVALID_ARGUMENT', `the message is no valid ${encoding} data, though grpc-encoding says so`, { cause: error })
  }
}

function gone(): ServeError {
  return new ServeError('CANCELLED', 'the caller went away before its message was complete')
}
