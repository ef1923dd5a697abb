/** What is sent: the model's own examples, in turn, or inputs made from its signature, in any dialect. */
import { type Asked, DIALECTS, type GivenTensor } from '@slipway/client'
import {
  type BytesData,
  decodeInferRequest,
  encodeInferRequest,
  quoted,
  ServeError,
  type Signature,
  type Tensor,
  type Tensors,
} from '@slipway/protocol'
import { loadProto } from '../dialects/grpc/proto.ts'
import { FREE_SIZES, sampleInputs } from '../serving/samples.ts'
import type { LoadRequest } from './load-plan.ts'

const GRPC_PATH = '/inference.GRPCInferenceService/ModelInfer'

/** What --dialect takes. */
export const BENCH_DIALECTS: readonly string[] = [...DIALECTS.map(({ id }) => id), 'grpc']

/** A golden example as the server gives it: a V2 request, or a file that is the body. */
export interface BenchExample {
  readonly request: unknown
  readonly file?: { readonly contentType: string; readonly bytes: Uint8Array }
}

export interface BodySource {
  readonly model: string
  readonly signature: Signature
  readonly examples: readonly BenchExample[]
  readonly dialect: string
}

const MOST_BODIES = 16
/** Distinct inputs made where there are no examples: more than one, so that nothing measures one lucky value. */
const SAMPLES = 8

export interface Bodies {
  readonly requests: readonly LoadRequest[]
  /** What they are made from, for people. */
  readonly from: string
}

/** Throws INVALID_ARGUMENT when the dialect cannot ask this model. */
export async function bodiesFor(source: BodySource): Promise<Bodies> {
  const { model, examples, dialect } = source
  if (dialect === 'plain') {
    const files = examples.flatMap(({ file }) => (file === undefined ? [] : [fileRequest(model, file)]))
    if (files.length > 0) return { requests: files.slice(0, MOST_BODIES), from: `${count(files.length, 'file')} of the model's examples` }
  }
  const given = examples.flatMap((example) => exampleTensors(model, example)).slice(0, MOST_BODIES)
  const inputs = given.length > 0 ? given : samples(source.signature)
  const from =
    given.length > 0 ? `${count(given.length, 'example')} of the model` : `${count(inputs.length, 'input')} made from its signature`
  const encode = await encoderOf(dialect)
  return { requests: inputs.map((tensors) => encode(model, tensors)), from }
}

const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`

function fileRequest(model: string, { contentType, bytes }: NonNullable<BenchExample['file']>): LoadRequest {
  const path = `/api/v1/models/${encodeURIComponent(model)}/predict`
  return { path, headers: { 'content-type': contentType }, body: Buffer.from(bytes).toString('base64') }
}

function exampleTensors(model: string, { file, request }: BenchExample): readonly Tensors[] {
  if (file !== undefined) return []
  try {
    return [decodeInferRequest(Buffer.from(JSON.stringify(request)), { model }).request.inputs]
  } catch {
    // An example that cannot be read was told of when its package was opened.
    return []
  }
}

function samples(signature: Signature): readonly Tensors[] {
  return Array.from({ length: SAMPLES }, (_, seed) => sampleInputs(signature, 1, { seed, free: FREE_SIZES[0] }))
}

type Encode = (model: string, tensors: Tensors) => LoadRequest

async function encoderOf(dialect: string): Promise<Encode> {
  if (dialect === 'grpc') return grpcEncoder()
  if (dialect === 'v2-binary') return binaryRequest
  const found = DIALECTS.find(({ id }) => id === dialect)
  if (found === undefined)
    throw new ServeError('INVALID_ARGUMENT', `dialect ${quoted(dialect)} is not known; known are ${BENCH_DIALECTS.join(', ')}`)
  return (model, tensors) => {
    const asked: Asked = { model, tensors: [...tensors].map(([name, tensor]) => givenTensor(name, tensor)) }
    const request = found.request(asked)
    if (request === undefined)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `${found.label} has only rows, and the inputs of ${quoted(model)} have none in common; take another --dialect`,
      )
    const { path, contentType, headers = {}, body } = request
    return { path, headers: { 'content-type': contentType, ...headers }, body: Buffer.from(body as string).toString('base64') }
  }
}

function givenTensor(name: string, { datatype, shape, data }: Tensor): GivenTensor {
  if (datatype === 'BYTES') return { name, datatype, shape, flat: (data as BytesData).map((element) => Buffer.from(element).toString()) }
  if (datatype === 'BOOL') return { name, datatype, shape, flat: Array.from(data as Uint8Array, (octet) => octet !== 0) }
  return { name, datatype, shape, flat: Array.from<unknown>(data as ArrayLike<unknown>) }
}

function binaryRequest(model: string, inputs: Tensors): LoadRequest {
  const { body, headerLength } = encodeInferRequest({ inputs }, { binary: true })
  return {
    path: `/v2/models/${encodeURIComponent(model)}/infer`,
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(headerLength) },
    body: Buffer.from(body).toString('base64'),
  }
}

/** Contents raw, as Triton's clients send them: the octets behind the head of V2's binary form, tensor by tensor. */
async function grpcEncoder(): Promise<Encode> {
  const proto = await loadProto()
  return (model, inputs) => {
    const raw = [...inputs].map(([name, tensor]) => {
      const { body, headerLength = 0 } = encodeInferRequest({ inputs: new Map([[name, tensor]]) }, { binary: true })
      return Buffer.from(body).subarray(headerLength).toString('base64')
    })
    const message = proto.encode('inference.ModelInferRequest', {
      model_name: model,
      inputs: [...inputs].map(([name, { datatype, shape }]) => ({ name, datatype, shape: shape.map(String) })),
      raw_input_contents: raw,
    })
    return { path: GRPC_PATH, headers: {}, body: Buffer.from(message).toString('base64') }
  }
}
