/** Answers of the Open Inference Protocol, V2 REST: from the neutral answer to octets. */
import type { InferResponse, Parameters } from './infer.ts'
import { JsonWriter } from './json/writer.ts'
import { closeBody, type EncodedBody } from './v2/body.ts'
import { writeParameters } from './v2/parameters.ts'
import { writeTensors } from './v2/tensors.ts'

export interface ResponseEncoding {
  /** The caller's id, echoed; the answer's own when absent. */
  readonly id?: string
  /** Whether an output's elements go behind the JSON as binary. */
  readonly binaryOutput: (name: string) => boolean
  /** Written beside those of the answer. */
  readonly parameters?: Parameters
}

/** Encodes an answer: JSON, with the binary tensors behind it in the order of the outputs. An empty version is left out, as for a server without versions. */
export function encodeInferResponse(
  response: Pick<InferResponse, 'model' | 'version' | 'outputs' | 'parameters' | 'id'>,
  options: ResponseEncoding,
): EncodedBody {
  const writer = new JsonWriter()
  writer.ascii('{"model_name":')
  writer.string(response.model)
  if (response.version !== '') {
    writer.ascii(',"model_version":')
    writer.string(response.version)
  }
  const id = options.id ?? response.id
  if (id !== undefined) {
    writer.ascii(',"id":')
    writer.string(id)
  }
  const parameters = join(response.parameters, options.parameters)
  if (parameters !== undefined) writeParameters(writer, parameters)
  writer.ascii(',"outputs":')
  const blobs = writeTensors(writer, response.outputs, options.binaryOutput)
  writer.ascii('}')
  return closeBody(writer, blobs)
}

function join(first: Parameters | undefined, second: Parameters | undefined): Parameters | undefined {
  return first === undefined || second === undefined ? (second ?? first) : new Map([...first, ...second])
}
