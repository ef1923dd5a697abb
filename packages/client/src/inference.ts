/** One inference call on the wire: the V2 protocol with its binary extension, through the protocol's own codec. */
import {
  decodeInferResponse,
  encodeInferRequest,
  type Parameters,
  type ParameterValue,
  parseHeaderLength,
  ServeError,
  type Tensor,
} from '@slipway/protocol'
import type { CallOptions, CallScope } from './call-scope.ts'
import type { Reply } from './http-failure.ts'
import type { PreparedInput } from './input.ts'
import { type Outputs, readOutputs } from './output.ts'
import { asSlipwayError, SlipwayError } from './slipway-error.ts'
import { parseServerTiming, type Timing } from './timing.ts'
import type { Call } from './transport.ts'

export interface PredictOptions<Name extends string = string> extends CallOptions {
  /** The outputs wanted; all of them when absent. */
  readonly outputs?: readonly Name[] | undefined
  /** Request parameters of the V2 protocol. */
  readonly parameters?: Readonly<Record<string, ParameterValue>> | undefined
  /** The caller's own id of this request, echoed in the answer. */
  readonly id?: string | undefined
  /** True: tensors travel as octets; false: as JSON. Default: the client's. */
  readonly binary?: boolean | undefined
}

/** A prediction and what is known of how it came about. */
export interface Answer<O = Outputs> {
  readonly outputs: O
  readonly model: string
  /** The version that answered. */
  readonly version?: string
  readonly id?: string
  /** What the server's log calls this request. */
  readonly requestId?: string
  readonly parameters: Readonly<Record<string, ParameterValue>>
  readonly timing: Timing
}

/** The request for `path` (`/v2/models/…/infer`). Throws SlipwayError INVALID_ARGUMENT for what the wire cannot carry. */
export function inferCall(
  path: string,
  inputs: ReadonlyMap<string, PreparedInput>,
  options: PredictOptions & { readonly binary: boolean },
): Call {
  const tensors = new Map<string, Tensor>()
  for (const [name, { tensor }] of inputs) tensors.set(name, tensor)
  const parameters = requestParameters(inputs, options.parameters)
  const request = {
    inputs: tensors,
    ...(options.id === undefined ? {} : { id: options.id }),
    ...(options.outputs === undefined ? {} : { outputs: options.outputs.map((name) => ({ name })) }),
    ...(parameters.size === 0 ? {} : { parameters }),
  }
  try {
    const { body, headerLength } = encodeInferRequest(request, { binary: options.binary })
    const headers: Record<string, string> =
      headerLength === undefined
        ? { 'content-type': 'application/json' }
        : { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(headerLength) }
    return { method: 'POST', path, headers, body }
  } catch (error) {
    throw asSlipwayError(error)
  }
}

/** The caller's parameters, and `content_type` when the inputs hold encoded files of one media type. */
function requestParameters(inputs: ReadonlyMap<string, PreparedInput>, given: PredictOptions['parameters']): Parameters {
  const parameters = new Map<string, ParameterValue>()
  const mediaTypes = new Set([...inputs.values()].flatMap(({ contentType }) => contentType ?? []))
  const [mediaType] = mediaTypes
  if (mediaType !== undefined && mediaTypes.size === 1) parameters.set('content_type', mediaType)
  for (const [name, value] of Object.entries(given ?? {})) parameters.set(name, value)
  return parameters
}

/** The answer that a good reply holds. Throws SlipwayError INTERNAL when what came is no V2 answer. */
export function readAnswer(reply: Reply, scope: CallScope): Answer {
  const { headers } = reply
  const requestId = headers.get('x-request-id') ?? undefined
  try {
    const headerLength = parseHeaderLength(headers.get('inference-header-content-length') ?? undefined, reply.body.byteLength)
    const { model, version, id, outputs, parameters } = decodeInferResponse(reply.body, headerLength)
    return {
      outputs: readOutputs(outputs),
      model,
      ...(version === undefined ? {} : { version }),
      ...(id === undefined ? {} : { id }),
      ...(requestId === undefined ? {} : { requestId }),
      parameters: Object.assign(Object.create(null), Object.fromEntries(parameters)),
      timing: parseServerTiming(headers.get('server-timing'), scope.elapsedMs()),
    }
  } catch (cause) {
    if (!(cause instanceof ServeError)) throw cause
    const hidden = headers.get('content-type') === 'application/octet-stream' && !headers.has('inference-header-content-length')
    const hint = hidden ? '; its Inference-Header-Content-Length cannot be read: expose it to this origin (CORS), or use binary: false' : ''
    throw new SlipwayError('INTERNAL', `${cause.code === 'INTERNAL' ? '' : "the server's answer: "}${cause.message}${hint}`, {
      status: reply.status,
      requestId,
      cause,
    })
  }
}
