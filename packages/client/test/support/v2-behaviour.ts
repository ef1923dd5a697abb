/** A model behind the V2 protocol, through the same codec as the real server: what it answers is what it was sent. */
import { decodeInferRequest, encodeInferResponse, parseHeaderLength, ServeError, type Signature, type Tensors } from '@slipway/protocol'
import type { Behaviour, Received } from './test-server.ts'
import { answer } from './test-server.ts'

export interface V2Model {
  readonly name: string
  readonly version: string
  readonly signature: Signature
  /** Default: every input comes back under its own name. */
  readonly infer?: (inputs: Tensors) => Tensors
}

const spec = (name: string, datatype: Signature['inputs'][number]['datatype'], shape: readonly number[]) => ({
  name,
  datatype,
  shape,
  symbols: shape.map(() => null),
})

/** A model with an input of most kinds. */
export const ECHO: V2Model = {
  name: 'echo',
  version: '3',
  signature: {
    inputs: [spec('rows', 'FP32', [-1, 4]), spec('text', 'BYTES', [-1]), spec('ids', 'INT64', [-1]), spec('__proto__', 'FP32', [-1])],
    outputs: [],
  },
}

export function v2(model: V2Model): Behaviour {
  return async (received, response) => {
    const path = received.path.replace(`/versions/${model.version}`, '')
    if (path === '/v2/health/live' || path === '/v2/health/ready' || path === `/v2/models/${model.name}/ready`)
      return answer(200, { ready: true })(received, response)
    if (path === `/v2/models/${model.name}`) return answer(200, metadata(model))(received, response)
    if (path !== `/v2/models/${model.name}/infer`) return answer(404, { error: `no route ${received.path}` })(received, response)
    try {
      const { body, headers } = infer(model, received)
      response.writeHead(200, headers).end(body)
    } catch (error) {
      if (!(error instanceof ServeError)) throw error
      await answer(error.status, { error: error.message })(received, response)
    }
  }
}

function metadata({ name, version, signature }: V2Model) {
  const specs = (list: Signature['inputs']) => list.map(({ symbols: _, ...rest }) => rest)
  return { name, versions: [version], platform: 'onnx_onnxv1', inputs: specs(signature.inputs), outputs: specs(signature.outputs) }
}

function infer(model: V2Model, { body, headers }: Received) {
  const headerLength = parseHeaderLength(headers['inference-header-content-length'] as string | undefined, body.byteLength)
  const { request, binaryOutput } = decodeInferRequest(body, {
    model: model.name,
    signature: model.signature,
    ...(headerLength === undefined ? {} : { headerLength }),
  })
  const all = (model.infer ?? ((inputs: Tensors) => inputs))(request.inputs)
  const wanted = request.outputs?.map(({ name }) => name)
  const outputs = new Map([...all].filter(([name]) => wanted?.includes(name) ?? true))
  const encoded = encodeInferResponse(
    {
      model: model.name,
      version: model.version,
      outputs,
      ...(request.parameters === undefined ? {} : { parameters: request.parameters }),
    },
    { binaryOutput, ...(request.id === undefined ? {} : { id: request.id }) },
  )
  return {
    body: encoded.body,
    headers: {
      'x-request-id': 'req-7',
      'server-timing': 'queue;dur=0.5, infer;dur=1.25;desc="rows=16 of batch"',
      ...(encoded.headerLength === undefined
        ? { 'content-type': 'application/json' }
        : { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(encoded.headerLength) }),
    },
  }
}
