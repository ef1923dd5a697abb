/** Requests of the Open Inference Protocol, V2 REST, with the binary tensor data extension: from octets to the neutral request. */
import { quoted, ServeError } from './errors.ts'
import type { InferRequest, Parameters, ParameterValue, RequestedOutput } from './infer.ts'
import { type JsonCursor, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from './json/cursor.ts'
import { readString } from './json/strings.ts'
import { KeysSeen, readValue } from './json.ts'
import type { Signature } from './signature.ts'
import type { Tensors } from './tensor.ts'
import { openBody } from './v2/body.ts'
import { flag, readParameters, without } from './v2/parameters.ts'
import { decodeRawTensor } from './v2/raw.ts'
import { MAX_TENSORS, openArray, readTensors } from './v2/tensors.ts'

export interface DecodedInfer {
  readonly request: InferRequest
  /** Whether the caller wants this output as binary: what it said of the output, else of the whole request, else no. */
  readonly binaryOutput: (name: string) => boolean
}

export interface DecodeOptions {
  readonly model: string
  readonly version?: string
  /** Octets of the JSON part, from Inference-Header-Content-Length; undefined when absent, 0 for the raw form of a single tensor. */
  readonly headerLength?: number
  /** Needed for the raw form. */
  readonly signature?: Signature
  /** Arrays and objects inside one another; 100 when absent. */
  readonly maxDepth?: number
}

/**
 * Decodes an inference request. Keys come in any order; unknown ones are checked as JSON and ignored; `null` for `id`, `parameters` or
 * `outputs` counts as absent. Tensors from binary data may be views of `body`, which must not change afterwards. The parameters that only
 * say how tensors travel (`binary_data`, `binary_data_output`, `binary_data_size`) are not passed on. Throws INVALID_ARGUMENT.
 */
export function decodeInferRequest(body: Uint8Array, options: DecodeOptions): DecodedInfer {
  const target = { model: options.model, ...(options.version === undefined ? {} : { version: options.version }) }
  if (options.headerLength === 0) return { request: { ...target, inputs: decodeRawTensor(body, options) }, binaryOutput: () => true }
  const { cursor, section } = openBody(body, options.headerLength, { maxDepth: options.maxDepth })
  const parts: Parts = {}
  if (cursor.next() !== OPEN_OBJECT && cursor.at < cursor.end && cursor.bytes[cursor.at] !== 0xef) notAnObject(cursor)
  if (cursor.open(OPEN_OBJECT)) {
    const keys = new KeysSeen()
    do {
      const key = keys.read(cursor)
      if (key === 'inputs') parts.inputs = readTensors(cursor, 'input', section)
      else readMember(cursor, key, parts)
    } while (cursor.more(OPEN_OBJECT))
  }
  finishJson(cursor, options.headerLength)
  section.finish()
  if (parts.inputs === undefined) throw new ServeError('INVALID_ARGUMENT', 'the request has no "inputs"')
  const binaryByDefault = flag(parts.parameters, 'binary_data_output', () => 'the request') ?? false
  const parameters = without(parts.parameters, 'binary_data_output')
  return {
    request: {
      ...target,
      inputs: parts.inputs,
      ...(parts.id === undefined ? {} : { id: parts.id }),
      ...(parts.outputs === undefined ? {} : { outputs: parts.outputs.requested }),
      ...(parameters === undefined ? {} : { parameters }),
    },
    binaryOutput: binaryOutputs(parts.outputs?.binary, binaryByDefault),
  }
}

interface Parts {
  inputs?: Tensors
  id?: string
  parameters?: Map<string, ParameterValue>
  outputs?: RequestedOutputs
}

interface RequestedOutputs {
  readonly requested: readonly RequestedOutput[]
  readonly binary: ReadonlyMap<string, boolean>
}

const never = () => false
const always = () => true

function binaryOutputs(named: ReadonlyMap<string, boolean> | undefined, byDefault: boolean): (name: string) => boolean {
  if (named === undefined || named.size === 0) return byDefault ? always : never
  return (name) => named.get(name) ?? byDefault
}

function notAnObject(cursor: JsonCursor): void {
  // JSON that is none is the better complaint.
  const found = cursor.excerpt()
  readValue(cursor)
  throw new ServeError('INVALID_ARGUMENT', `the request must be a JSON object with "inputs", found ${found}`)
}

function finishJson(cursor: JsonCursor, headerLength: number | undefined): void {
  cursor.next()
  if (cursor.at === cursor.end) return
  if (headerLength !== undefined) cursor.finish()
  cursor.fail(
    `${cursor.end - cursor.at} bytes after the end of the JSON; if they are binary tensors, send the header Inference-Header-Content-Length: ${cursor.at}`,
  )
}

function readMember(cursor: JsonCursor, key: string, parts: Parts): void {
  if (cursor.next() === 0x6e || (key !== 'id' && key !== 'parameters' && key !== 'outputs')) {
    readValue(cursor)
    return
  }
  if (key === 'parameters') parts.parameters = readParameters(cursor, () => 'the request')
  else if (key === 'outputs') parts.outputs = readOutputs(cursor)
  else {
    if (cursor.next() !== QUOTE && cursor.at < cursor.end)
      throw new ServeError('INVALID_ARGUMENT', `"id" must be a string, found ${cursor.excerpt()}`)
    parts.id = readString(cursor)
  }
}

function readOutputs(cursor: JsonCursor): RequestedOutputs {
  const requested: RequestedOutput[] = []
  const binary = new Map<string, boolean>()
  const names = new Set<string>()
  if (!openArray(cursor, () => '"outputs"')) return { requested, binary }
  do {
    if (requested.length === MAX_TENSORS) throw new ServeError('INVALID_ARGUMENT', `more than ${MAX_TENSORS} outputs in one request`)
    const output = readOutput(cursor, requested.length)
    if (names.has(output.name)) throw new ServeError('INVALID_ARGUMENT', `output ${quoted(output.name)} is requested twice`)
    names.add(output.name)
    const wanted = flag(output.parameters, 'binary_data', () => `output ${quoted(output.name)}`)
    if (wanted !== undefined) binary.set(output.name, wanted)
    const parameters: Parameters | undefined = without(output.parameters, 'binary_data')
    requested.push(parameters === undefined ? { name: output.name } : { name: output.name, parameters })
  } while (cursor.more(OPEN_ARRAY))
  return { requested, binary }
}

function readOutput(cursor: JsonCursor, position: number): { name: string; parameters: Map<string, ParameterValue> | undefined } {
  let name: string | undefined
  let parameters: Map<string, ParameterValue> | undefined
  const label = () => (name === undefined ? `requested output ${position}` : `output ${quoted(name)}`)
  if (cursor.next() !== OPEN_OBJECT && cursor.at < cursor.end)
    throw new ServeError('INVALID_ARGUMENT', `${label()} must be an object with "name", found ${cursor.excerpt()}`)
  if (cursor.open(OPEN_OBJECT)) {
    const keys = new KeysSeen()
    do {
      const key = keys.read(cursor)
      if (key === 'name') {
        if (cursor.next() !== QUOTE && cursor.at < cursor.end)
          throw new ServeError('INVALID_ARGUMENT', `${label()}: "name" must be a string, found ${cursor.excerpt()}`)
        name = readString(cursor)
      } else if (key === 'parameters' && cursor.next() !== 0x6e) parameters = readParameters(cursor, label)
      else readValue(cursor)
    } while (cursor.more(OPEN_OBJECT))
  }
  if (name === undefined) throw new ServeError('INVALID_ARGUMENT', `${label()} has no "name"`)
  return { name, parameters }
}
