/** The contract of what carries frames to a worker. To spawn is apart from to connect: every process that answers HTTP connects to a worker that the supervisor spawned. */
import type { Signature, Tensors } from '@slipway/protocol'
import type { Exit } from '../base/process.ts'
import type { Provider } from '../config/provider.ts'
import type { InputTransform } from '../transforms/transform.ts'

/** What a worker must know to open its model. Plain JSON but for the defaults: it travels in a frame of tensors. */
export interface WorkerSpec {
  /** A name of runtimes/catalog. */
  readonly runtime: string
  /** The private copy of the model file. */
  readonly modelPath: string
  readonly threads: number
  /** Threads that wait for work burn their CPU for a while before they sleep. */
  readonly spinning: boolean
  readonly providers: readonly Provider[]
  readonly signature: Signature
  /** Whose layout a Python project is in, whether it takes rows of several requests, and its packager's own file as values; absent for any other model. */
  readonly python?: { readonly packager: string; readonly batched: boolean; readonly config: Readonly<Record<string, unknown>> }
  /** Rows of every run, for a model that takes no other number: missing ones are filled up in the worker. */
  readonly fixedRows?: number
  /** The values of optional inputs, which the worker puts where a request leaves them out. */
  readonly defaults: Tensors
  /** How inputs may be given besides as tensors, such as an encoded image. */
  readonly transforms: readonly InputTransform[]
  /** Octets of private memory that one worker may hold. */
  readonly memoryBytes: number
}

export interface RunResult {
  readonly outputs: Tensors
  /** Milliseconds in the engine, in the transforms beside it, and on the way there and back. */
  readonly inferMs: number
  readonly transformMs: number
  readonly transportMs: number
}

export interface Worker {
  /** How `connect` finds it. */
  readonly address: string
  readonly pid: number | undefined
  readonly exited: Promise<Exit>
  /** Ends it at once, whatever it is doing. */
  kill(): void
}

/** One connection to one worker. Frames are run and answered in the order in which they were sent. */
export interface Link {
  /** Opens the model; rejects with what the runtime said when it cannot be opened. */
  open(spec: WorkerSpec): Promise<void>
  /** The rows of all parts in one run. Rejects with ServeError when the model refuses them, with LinkLost when the worker ends first. */
  run(parts: readonly Tensors[]): Promise<RunResult>
  close(): void
}

/** Where in a model's own code an error came from, for the log alone: the cause of the error that callers are told. */
export class Traceback extends Error {
  constructor(text: string) {
    super(text)
    this.name = 'Traceback'
    // It is Python's stack that tells something.
    this.stack = text
  }
}

/** The worker ended, or the connection to it did, before it answered. */
export class LinkLost extends Error {
  constructor() {
    super('the worker ended before it answered')
    this.name = 'LinkLost'
  }
}

export interface Carrier {
  readonly name: 'process' | 'inline'
  /** Resolves once the worker listens; rejects when it ends before that. `onLine` gets what it prints. */
  spawn(memoryBytes: number, onLine: (line: string) => void): Promise<Worker>
  connect(address: string): Promise<Link>
}
