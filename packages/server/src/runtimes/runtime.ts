/** The contract of engines that open models. */
import type { Signature, Tensors } from '@slipway/protocol'
import type { Provider } from '../config/provider.ts'

/** An engine that can open model packages. Lives in the worker; the server process never loads one, but for inline replicas. */
export interface Runtime {
  readonly name: string
  open(modelPath: string, options: RuntimeOptions): Promise<Session>
}

export interface RuntimeOptions {
  /** Threads within one operator. */
  readonly threads: number
  /** Whether threads that wait for work burn their CPU for a while before they sleep. */
  readonly spinning: boolean
  /** As the package declares it; the engine's own must agree. */
  readonly signature: Signature
  /** What is to run the operators, all of it: an engine that lacks the first rejects with FAILED_PRECONDITION and says what is missing. */
  readonly providers: readonly Provider[]
}

/** One opened model. `run` is never called twice at once; `close` waits for the run in progress. */
export interface Session {
  /** All outputs of one run; throws INVALID_ARGUMENT when the model itself refuses the inputs. */
  run(inputs: Tensors): Promise<Tensors>
  close(): Promise<void>
}
