/** The link to a worker process: frames asked and answered over a wire. */

import { randomUUID } from 'node:crypto'
import { isErrorCode, ServeError, type Tensors } from '@slipway/protocol'
import { systemClock } from '../base/clock.ts'
import { type Link, LinkLost, type RunResult, Traceback, type WorkerSpec } from './carrier.ts'
import { decodeTensors, encodeMessage, encodeTensors, type Frame, type FrameKind, FrameReader, KIND, type TensorHead } from './frames.ts'
import type { ConnectWire, Wire } from './process-wire.ts'
import { hasSharedMemory, SharedFile } from './shared-file.ts'

const MOST_FRAME_BYTES = 2 ** 32 - 1

/** Smaller frames cost less on the socket than a file costs to write and read. */
const WORTH_SHARING_BYTES = 64 * 1024

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
  #sharing: { readonly file: SharedFile; agreed: boolean } | undefined
  #refused = false

  constructor(wire: Wire, asked: Map<number, Asked>) {
    this.#wire = wire
    this.#asked = asked
  }

  async open({ defaults, ...spec }: WorkerSpec): Promise<void> {
    await this.#ask((id) => encodeTensors(KIND.open, id, [defaults], { fields: spec }))
  }

  async run(parts: readonly Tensors[]): Promise<RunResult> {
    const sentAt = systemClock.monotonic()
    const frame = await this.#askRun(parts)
    const header = frame.header as { readonly tensors: readonly TensorHead[]; readonly inferMs: number; readonly transformMs: number }
    const outputs = decodeTensors(header, frame.payload)
    const { inferMs, transformMs } = header
    return { outputs, inferMs, transformMs, transportMs: Math.max(0, systemClock.monotonic() - sentAt - inferMs - transformMs) }
  }

  close(): void {
    this.#wire.end()
  }

  async #askRun(parts: readonly Tensors[]): Promise<Frame> {
    let at: number | undefined
    const place = (loose: readonly Uint8Array[], bytes: number) => {
      at = this.#shared(bytes)?.put(loose, bytes)
      return at
    }
    try {
      return await this.#ask((id) => encodeTensors(KIND.run, id, parts, { place }))
    } finally {
      if (at !== undefined) this.#sharing?.file.giveBack(at)
    }
  }

  /** Where large frames go, once the worker has said that it looks there; offered with the first that is worth it. */
  #shared(bytes: number): SharedFile | undefined {
    if (bytes < WORTH_SHARING_BYTES) return undefined
    if (this.#sharing === undefined) this.#offer()
    return this.#sharing?.agreed === true ? this.#sharing.file : undefined
  }

  #offer(): void {
    if (this.#refused || !hasSharedMemory()) return
    const file = makeSharedFile()
    if (file === undefined) {
      this.#refused = true
      return
    }
    const sharing = { file, agreed: false }
    this.#sharing = sharing
    this.#ask((id) => encodeMessage(KIND.share, id, { path: file.path })).then(
      () => {
        sharing.agreed = true
        file.hide()
      },
      () => {
        this.#refused = true
        this.#sharing = undefined
        file.close()
      },
    )
  }

  /** The worker ended, or the connection did: nothing that was asked is answered any more. */
  lost(): void {
    this.#closed = true
    this.#sharing?.file.close()
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

/** Undefined where the machine does not let us have one. */
function makeSharedFile(): SharedFile | undefined {
  try {
    return new SharedFile(`slipway-${randomUUID()}`)
  } catch {
    return undefined
  }
}

function errorOf(header: unknown): ServeError {
  const { code, message, detail } = header as { readonly code: unknown; readonly message: unknown; readonly detail?: unknown }
  const cause = typeof detail === 'string' ? { cause: new Traceback(detail) } : {}
  return new ServeError(isErrorCode(code) ? code : 'INTERNAL', String(message), cause)
}
