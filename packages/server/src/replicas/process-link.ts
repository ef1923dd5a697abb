/** The link to a worker process: frames asked and answered over a wire. */
import { isErrorCode, ServeError, type Tensors } from '@slipway/protocol'
import { systemClock } from '../base/clock.ts'
import { type Link, LinkLost, type RunResult, type WorkerSpec } from './carrier.ts'
import { decodeTensors, encodeTensors, type Frame, type FrameKind, FrameReader, KIND, type TensorHead } from './frames.ts'
import type { ConnectWire, Wire } from './process-wire.ts'

const MOST_FRAME_BYTES = 2 ** 32 - 1

interface Asked {
  resolve(frame: Frame): void
  reject(error: unknown): void
}

/** Rejects when nobody listens at the address. */
export async function openLink(address: string, connect: ConnectWire): Promise<Link> {
  const asked = new Map<number, Asked>()
  const reader = new FrameReader((frame) => settle(asked, frame), MOST_FRAME_BYTES)
  const gone = Promise.withResolvers<void>()
  const wire = await connect(address, { bytes: (chunk) => reader.push(chunk), closed: gone.resolve })
  const link = new WireLink(wire, asked)
  void gone.promise.then(() => link.lost())
  return link
}

function settle(asked: Map<number, Asked>, frame: Frame): void {
  const asker = asked.get(frame.id)
  if (asker === undefined) return
  asked.delete(frame.id)
  if (frame.kind === (KIND.error as FrameKind)) asker.reject(errorOf(frame.header))
  else asker.resolve(frame)
}

class WireLink implements Link {
  readonly #wire: Wire
  readonly #asked: Map<number, Asked>
  #nextId = 0
  #closed = false

  constructor(wire: Wire, asked: Map<number, Asked>) {
    this.#wire = wire
    this.#asked = asked
  }

  async open({ defaults, ...spec }: WorkerSpec): Promise<void> {
    await this.#ask((id) => encodeTensors(KIND.open, id, [defaults], spec))
  }

  async run(parts: readonly Tensors[]): Promise<RunResult> {
    const sentAt = systemClock.monotonic()
    const frame = await this.#ask((id) => encodeTensors(KIND.run, id, parts, {}))
    const header = frame.header as { readonly tensors: readonly TensorHead[]; readonly inferMs: number; readonly transformMs: number }
    const outputs = decodeTensors(header, frame.payload)
    const { inferMs, transformMs } = header
    return { outputs, inferMs, transformMs, transportMs: Math.max(0, systemClock.monotonic() - sentAt - inferMs - transformMs) }
  }

  close(): void {
    this.#wire.end()
  }

  /** The worker ended, or the connection did: nothing that was asked is answered any more. */
  lost(): void {
    this.#closed = true
    for (const asked of this.#asked.values()) asked.reject(new LinkLost())
    this.#asked.clear()
  }

  #ask(encode: (id: number) => readonly Uint8Array[]): Promise<Frame> {
    if (this.#closed) return Promise.reject(new LinkLost())
    this.#nextId = (this.#nextId + 1) >>> 0
    const id = this.#nextId
    const parts = encode(id)
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject })
      this.#wire.send(parts)
    })
  }
}

function errorOf(header: unknown): ServeError {
  const { code, message } = header as { readonly code: unknown; readonly message: unknown }
  return new ServeError(isErrorCode(code) ? code : 'INTERNAL', String(message))
}
