/** tensorflow.serving.PredictionService.Predict: tensors by name both ways. Source: tensorflow_serving/apis/predict.proto and model.proto. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { type InferRequest, type InferResponse, quoted, ServeError, type Tensor } from '@slipway/protocol'
import type { RpcAnswer, RpcCall } from '../../http/rpc.ts'
import { infer } from '../dialect.ts'
import { decodeMessage, FieldReader } from './reader.ts'
import type { GrpcDeps } from './service.ts'
import { readTensorProto, writeTensorProto } from './tensor-proto.ts'

interface ModelSpec {
  readonly model: string
  readonly version: string | undefined
  readonly signatureName: string
}

export async function predict(deps: GrpcDeps, message: Uint8Array, call: RpcCall): Promise<RpcAnswer> {
  const spec = specOf(message)
  const { encoded, facts } = await infer(deps, call, {
    dialect: 'tfserving-grpc',
    model: spec.model,
    version: spec.version,
    decode: () => ({ request: decodeRequest(message, spec, deps.messageLimitBytes), decoded: undefined }),
    encode: (response) => encodeResponse(response, spec),
  })
  return { message: [encoded], trailers: facts }
}

/** The model that the request is for; its tensors are stepped over. Throws INVALID_ARGUMENT. */
function specOf(message: Uint8Array): ModelSpec {
  return decodeMessage('tensorflow.serving.PredictRequest', () => {
    let model = ''
    let version: string | undefined
    let signatureName = ''
    let label = ''
    new FieldReader(message).each((field, _wire, reader) => {
      if (field !== 1) return false
      reader.message((part, _, inner) => {
        if (part === 1) model = inner.string()
        else if (part === 2) version = versionOf(inner)
        else if (part === 3) signatureName = inner.string()
        else if (part === 4) label = inner.string()
        else return false
      })
    })
    if (model === '') throw new ServeError('INVALID_ARGUMENT', 'the request has no model_spec.name')
    if (label !== '') throw unknownLabel(model, label)
    return { model, version, signatureName }
  })
}

/** Labels are names that an operator gives to versions; none are given here. */
export function unknownLabel(model: string, label: string): ServeError {
  return new ServeError(
    'NOT_FOUND',
    `Unrecognized servable version label: ${quoted(label)}; model ${quoted(model)} has no labels, name one of its versions`,
  )
}

/** google.protobuf.Int64Value; without its field it is 0. */
function versionOf(reader: FieldReader): string {
  let version = 0n
  reader.message((field, _wire, inner) => {
    if (field !== 1) return false
    version = inner.int64()
  })
  return String(version)
}

function decodeRequest(message: Uint8Array, { model, version }: ModelSpec, mostBytes: number): InferRequest {
  return decodeMessage('tensorflow.serving.PredictRequest', () => {
    const inputs = new Map<string, Tensor>()
    const outputs: { readonly name: string }[] = []
    new FieldReader(message).each((field, _wire, reader) => {
      if (field === 2) readInput(reader, inputs, mostBytes)
      else if (field === 3) outputs.push({ name: reader.string() })
      else return false
    })
    return {
      model,
      inputs,
      ...(version === undefined ? {} : { version }),
      ...(outputs.length === 0 ? {} : { outputs }),
    }
  })
}

/** One entry of the map; of two with one name the last counts, as protobuf has it. */
function readInput(reader: FieldReader, inputs: Map<string, Tensor>, mostBytes: number): void {
  const entry = reader.bytes()
  let name = ''
  new FieldReader(entry).each((field, _wire, inner) => {
    if (field !== 1) return false
    name = inner.string()
  })
  new FieldReader(entry).each((field, _wire, inner) => {
    if (field !== 2) return false
    inputs.set(name, readTensorProto(inner, name, mostBytes))
  })
}

function encodeResponse(response: InferResponse, { signatureName }: ModelSpec): Uint8Array {
  const writer = new BinaryWriter()
  for (const [name, value] of response.outputs) {
    writer.tag(1, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.LengthDelimited).string(name)
    writer.tag(2, WireType.LengthDelimited).fork()
    writeTensorProto(writer, value)
    writer.join().join()
  }
  writer.tag(2, WireType.LengthDelimited).fork()
  writer.tag(1, WireType.LengthDelimited).string(response.model)
  writer.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int64(response.version).join()
  writer.tag(3, WireType.LengthDelimited).string(signatureName === '' ? 'serving_default' : signatureName)
  return writer.join().finish()
}
