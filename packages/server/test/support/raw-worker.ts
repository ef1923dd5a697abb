/** A worker as a process of its own, and connections to it that speak frames octet by octet. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after } from 'node:test'
import { type Tensor, type Tensors, tensor } from '@slipway/protocol'
import type { Worker, WorkerSpec } from '../../src/replicas/carrier.ts'
import { decodeTensors, encodeMessage, encodeTensors, type Frame, type FrameKind, FrameReader, KIND } from '../../src/replicas/frames.ts'
import { createProcessCarrier } from '../../src/replicas/process.ts'
import { privateFolder } from './worker-spec.ts'

/**
 * What a model of a worker's tests does: `echo` answers each input as the output of its name, `refuse` cannot be opened, `fail` finds every
 * input wrong, `throw` breaks in each run without dying, `exit` ends its process in the first run, `slow` takes 30 ms for a run.
 */
export type Behaviour = 'echo' | 'refuse' | 'fail' | 'throw' | 'exit' | 'slow'

export interface WorkerMember {
  readonly name: string
  /** Its command line, which gets the socket's path as its last argument, and what it sees of the environment. */
  start(): Promise<{ readonly command: readonly [string, ...string[]]; readonly env: Readonly<Record<string, string>> }>
  /** What opens a model in the folder that behaves so; its signature is replaced. */
  spec(folder: string, behaviour: Behaviour): Promise<WorkerSpec>
}

/** An asker's side of one connection. Answers wait until they are read with `next`. */
export class RawConnection {
  readonly socket: Socket
  readonly #frames: Frame[] = []
  #wake = Promise.withResolvers<void>()
  #ended = false

  constructor(socket: Socket) {
    this.socket = socket
    const reader = new FrameReader(
      (frame) => {
        this.#frames.push(frame)
        this.#wake.resolve()
      },
      2 ** 32 - 1,
    )
    socket.on('data', (chunk) => reader.push(chunk))
    socket.on('end', () => socket.end())
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#ended = true
      this.#wake.resolve()
    })
  }

  static async to(address: string): Promise<RawConnection> {
    const socket = connect({ path: address, allowHalfOpen: true })
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  /** The next answer; undefined when the connection ends before. */
  async next(): Promise<Frame | undefined> {
    while (this.#frames.length === 0 && !this.#ended) {
      await this.#wake.promise
      this.#wake = Promise.withResolvers()
    }
    return this.#frames.shift()
  }

  message(kind: FrameKind, id: number, header: unknown): void {
    this.send(encodeMessage(kind, id, header))
  }

  run(id: number, inputs: Tensors): void {
    this.send(encodeTensors(KIND.run, id, [inputs]))
  }

  send(parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts))
  }
}

export const openFrame = (id: number, { defaults, ...spec }: WorkerSpec) => encodeTensors(KIND.open, id, [defaults], { fields: spec })

export const tensorsOf = (frame: Frame | undefined): Tensors => {
  if (frame?.kind !== KIND.result) throw new Error(`expected a result, got ${JSON.stringify(frame?.header)}`)
  return decodeTensors(frame.header as Parameters<typeof decodeTensors>[0], frame.payload)
}

export const small = (value: number): Tensors => new Map([['x', tensor('FP32', [1], Float32Array.of(value))]])

export interface Started extends AsyncDisposable {
  readonly worker: Worker
  readonly folder: string
  /** All that it printed. */
  readonly lines: readonly string[]
  connect(): Promise<RawConnection>
  /** What opens the model for tensors of these names, datatypes and ranks. */
  spec(tensors?: Tensors): Promise<WorkerSpec>
  /** A connection on which the model is open. */
  opened(tensors?: Tensors): Promise<RawConnection>
}

const MEMORY_BYTES = 2 ** 31

export async function startWorker(member: WorkerMember, behaviour: Behaviour = 'echo'): Promise<Started> {
  const folder = await privateFolder()
  const { command, env } = await member.start()
  const lines: string[] = []
  const worker = await createProcessCarrier({ folder: folder.path, command, env }).spawn(MEMORY_BYTES, (line) => lines.push(line))
  // A test that ran out of time never comes to its end.
  after(() => worker.kill())
  const spec = async (tensors: Tensors = small(0)) => {
    const side = [...tensors].map(([name, { datatype, shape }]) => freeSpec(name, datatype, shape.length))
    return { ...(await member.spec(folder.path, behaviour)), signature: { inputs: side, outputs: side } }
  }
  return {
    worker,
    folder: folder.path,
    lines,
    connect: () => RawConnection.to(worker.address),
    spec,
    opened: async (tensors) => {
      const connection = await RawConnection.to(worker.address)
      connection.send(openFrame(0, await spec(tensors)))
      const answer = await connection.next()
      if (answer?.kind !== KIND.opened) throw new Error(`not opened: ${JSON.stringify(answer?.header)}\n${lines.join('\n')}`)
      return connection
    },
    [Symbol.asyncDispose]: async () => {
      worker.kill()
      await worker.exited
      await folder[Symbol.asyncDispose]()
    },
  }
}

const freeSpec = (name: string, datatype: Tensor['datatype'], rank: number) => ({
  name,
  datatype,
  shape: Array.from({ length: rank }, () => -1),
  symbols: Array.from({ length: rank }, () => null),
})
