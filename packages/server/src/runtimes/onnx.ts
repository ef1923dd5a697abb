/** ONNX Runtime through onnxruntime-node. `run` blocks its thread for the whole inference, which is why it lives in a worker. */
import {
  type BytesData,
  type Datatype,
  fromBfloat16,
  ServeError,
  type Signature,
  type Tensor,
  type Tensors,
  tensor,
  toBfloat16,
} from '@slipway/protocol'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import type { Provider } from '../config/provider.ts'
import { executionProviders, failRunsAsTold, providerRefusal } from './onnx-providers.ts'
import type { Runtime, RuntimeOptions, Session } from './runtime.ts'

type OrtType = OrtTensor.Type
const ORT_TYPES: Readonly<Record<Datatype, OrtType>> = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  // onnxruntime-node has no bfloat16: such a model's boundary is rewritten to float32, which holds every bfloat16 exactly.
  BF16: 'float32',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
}

const decoder = new TextDecoder('utf-8', { fatal: true })
const encoder = new TextEncoder()

function toOrt(name: string, value: Tensor): OrtTensor {
  const type = ORT_TYPES[value.datatype]
  if (value.datatype === 'BYTES')
    return new OrtTensor(
      'string',
      value.data.map((element) => decodeText(name, element)),
      value.shape,
    )
  if (value.datatype === 'BF16') return new OrtTensor('float32', Float32Array.from(value.data, fromBfloat16), value.shape)
  if (value.datatype === 'FP16') return halfTensor(value.data, value.shape)
  return new OrtTensor(type, value.data as OrtTensor['data'] as Float32Array, value.shape)
}

function decodeText(name: string, element: Uint8Array): string {
  try {
    return decoder.decode(element)
  } catch {
    throw new ServeError('INVALID_ARGUMENT', `input "${name}": an element is no valid UTF-8, and the model takes text`)
  }
}

/**
 * onnxruntime-common turns 16-bit words into a Float16Array where the engine has one, and the native side (1.30 on Node 24) reads
 * no octets from that. As unsigned integers they pass, and only then get their name.
 */
function halfTensor(data: Uint16Array, shape: readonly number[]): OrtTensor {
  return Object.assign(new OrtTensor('uint16', data, shape), { type: 'float16' as const })
}

function fromOrt(value: OrtTensor, datatype: Datatype): Tensor {
  if (datatype === 'BYTES')
    return tensor('BYTES', value.dims, (value.data as readonly string[]).map((text) => encoder.encode(text)) satisfies BytesData)
  if (datatype === 'BF16') return tensor('BF16', value.dims, Uint16Array.from(value.data as Float32Array, toBfloat16))
  if (datatype === 'FP16') {
    const { buffer, byteOffset, byteLength } = value.data as Uint16Array
    return tensor('FP16', value.dims, new Uint16Array(buffer, byteOffset, byteLength / 2))
  }
  return tensor(datatype, value.dims, value.data as Float32Array)
}

function checkOutputs(session: InferenceSession, signature: Signature): ReadonlyMap<string, Datatype> {
  const missing = signature.outputs.find((output) => !session.outputNames.includes(output.name))
  if (missing !== undefined)
    throw new ServeError('FAILED_PRECONDITION', `onnxruntime does not give the output "${missing.name}" that the model file declares`)
  return new Map(signature.outputs.map((output) => [output.name, output.datatype]))
}

class OnnxSession implements Session {
  readonly #session: InferenceSession
  readonly #outputs: ReadonlyMap<string, Datatype>
  readonly #fetches: readonly string[]
  readonly #providers: readonly Provider[]
  #running: Promise<unknown> = Promise.resolve()

  constructor(session: InferenceSession, { signature, providers }: RuntimeOptions) {
    this.#providers = providers
    this.#session = session
    this.#outputs = checkOutputs(session, signature)
    this.#fetches = [...this.#outputs.keys()]
  }

  async run(inputs: Tensors): Promise<Tensors> {
    const feeds: Record<string, OrtTensor> = Object.create(null)
    for (const [name, value] of inputs) feeds[name] = toOrt(name, value)
    const running = this.#ask(feeds)
    this.#running = running.catch(() => undefined)
    const answered = await running.catch(refused)
    const outputs = new Map<string, Tensor>()
    for (const [name, datatype] of this.#outputs) outputs.set(name, fromOrt(answered[name] as OrtTensor, datatype))
    return outputs
  }

  async #ask(feeds: InferenceSession.FeedsType): Promise<InferenceSession.OnnxValueMapType> {
    failRunsAsTold(this.#providers)
    return this.#session.run(feeds, this.#fetches)
  }

  async close(): Promise<void> {
    await this.#running
    await this.#session.release()
  }
}

/** What onnxruntime says, without the paths and source lines in it. */
function words(error: unknown): string {
  return (error instanceof Error ? error.message : String(error))
    .replace(/^.*?(?:Non-zero status code returned while running|ERROR_CODE: \d+, ERROR_MESSAGE:)\s*/s, '')
    .replace(/^(?:Load|Exception during loading|This is an invalid) model\S* ?(?:from )?\S* failed: ?/i, '')
    .replace(/\/[\w./-]+\.(?:cc|h|cpp|hpp):\d+ ?/g, '')
    .replace(/(?:\/[\w.-]+){2,}/g, 'the model file')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 500)
}

function refused(error: unknown): never {
  const exhausted = /bad_alloc|Failed to allocate memory|out of memory/i.test(String(error))
  throw new ServeError(exhausted ? 'RESOURCE_EXHAUSTED' : 'INVALID_ARGUMENT', `the model could not run on these inputs: ${words(error)}`, {
    cause: error,
  })
}

function notOpened(providers: readonly Provider[], error: unknown): ServeError {
  if (error instanceof ServeError) return error
  if (providers[0]?.name !== 'cpu') return providerRefusal(providers, error, words(error))
  return new ServeError(
    'FAILED_PRECONDITION',
    `onnxruntime does not open the model: ${words(error)}; export it again, or tell its author`,
    {
      cause: error,
    },
  )
}

export const onnxRuntime: Runtime = {
  name: 'onnxruntime',
  async open(modelPath: string, options: RuntimeOptions): Promise<Session> {
    const { threads, spinning, providers } = options
    try {
      const session = await InferenceSession.create(modelPath, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        executionProviders: executionProviders(providers),
        // Only errors: warnings about a graph are of no use to who serves it.
        logSeverityLevel: 3,
        // Spinning threads take the cores from the process that reads the requests: only where that was measured to pay.
        extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
      })
      return new OnnxSession(session, options)
    } catch (error) {
      throw notOpened(providers, error)
    }
  },
}
