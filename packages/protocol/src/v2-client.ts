/** The caller's side of V2: requests to octets, answers from octets. */
import { ServeError } from './errors.ts'
import type { InferRequest, Parameters, ParameterValue } from './infer.ts'
import { type JsonCursor, OPEN_OBJECT } from './json/cursor.ts'
import { readString } from './json/strings.ts'
import { JsonWriter } from './json/writer.ts'
import { KeysSeen, readValue } from './json.ts'
import type { Tensors } from './tensor.ts'
import { closeBody, type EncodedBody, openBody } from './v2/body.ts'
import { readParameters, writeParameters } from './v2/parameters.ts'
import { readTensors, writeTensors } from './v2/tensors.ts'

const BINARY_OUTPUT: Parameters = new Map([['binary_data_output', true]])
const NONE: Parameters = new Map()

/** Encodes a request; with `binary` all inputs go as binary tensors and all outputs are asked for as such. */
export function encodeInferRequest(
  request: Pick<InferRequest, 'id' | 'inputs' | 'outputs' | 'parameters'>,
  options: { readonly binary: boolean },
): EncodedBody {
  const writer = new JsonWriter()
  writer.ascii('{"inputs":')
  const blobs = writeTensors(writer, request.inputs, () => options.binary)
  if (request.id !== undefined) {
    writer.ascii(',"id":')
    writer.string(request.id)
  }
  const parameters = request.parameters ?? NONE
  writeParameters(writer, options.binary ? new Map([...parameters, ...BINARY_OUTPUT]) : parameters)
  if (request.outputs !== undefined) {
    writer.ascii(',"outputs":')
    let opening = '[{"name":'
    for (const output of request.outputs) {
      writer.ascii(opening)
      opening = ',{"name":'
      writer.string(output.name)
      writeParameters(writer, output.parameters ?? NONE)
      writer.ascii('}')
    }
    writer.ascii(request.outputs.length === 0 ? '[]' : ']')
  }
  writer.ascii('}')
  return closeBody(writer, blobs)
}

export interface InferAnswer {
  readonly model: string
  readonly version?: string
  readonly id?: string
  readonly outputs: Tensors
  readonly parameters: Parameters
}

/** Decodes an answer of any V2 server. Throws INTERNAL, since the fault is not the caller's, when it is none. Tensors may be views of `body`. */
export function decodeInferResponse(body: Uint8Array, headerLength?: number): InferAnswer {
  try {
    return decode(body, headerLength)
  } catch (error) {
    if (!(error instanceof ServeError)) throw error
    throw new ServeError('INTERNAL', `the server's answer is no V2 inference response: ${error.message}`, { cause: error })
  }
}

interface Parts {
  model?: string
  version?: string
  id?: string
  outputs?: Tensors
  parameters?: Map<string, ParameterValue>
}

function decode(body: Uint8Array, headerLength: number | undefined): InferAnswer {
  const { cursor, section } = openBody(body, headerLength, {})
  const parts: Parts = {}
  if (cursor.open(OPEN_OBJECT)) {
    const keys = new KeysSeen()
    do {
      const key = keys.read(cursor)
      if (key === 'outputs') parts.outputs = readTensors(cursor, 'output', section)
      else readMember(cursor, key, parts)
    } while (cursor.more(OPEN_OBJECT))
  }
  cursor.finish()
  section.finish()
  if (parts.outputs === undefined) throw new ServeError('INVALID_ARGUMENT', 'it has no "outputs"')
  return {
    model: parts.model ?? '',
    outputs: parts.outputs,
    parameters: parts.parameters ?? NONE,
    ...(parts.version === undefined ? {} : { version: parts.version }),
    ...(parts.id === undefined ? {} : { id: parts.id }),
  }
}

function readMember(cursor: JsonCursor, key: string, parts: Parts): void {
  // Some servers write null for what they do not have.
  if (cursor.next() === 0x6e) readValue(cursor)
  else if (key === 'model_name') parts.model = readString(cursor)
  else if (key === 'model_version') parts.version = readString(cursor)
  else if (key === 'id') parts.id = readString(cursor)
  else if (key === 'parameters') parts.parameters = readParameters(cursor, () => 'the answer')
  else readValue(cursor)
}
