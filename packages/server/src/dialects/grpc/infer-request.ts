/** ModelInferRequest: from octets to the neutral request. Raw contents are views of the message where they are aligned. */
import type { WireType } from '@bufbuild/protobuf/wire'
import {
  DATATYPES,
  type Datatype,
  decodeBlob,
  elementCount,
  type InferRequest,
  isDatatype,
  type Parameters,
  type ParameterValue,
  quoted,
  type RequestedOutput,
  ServeError,
  type Tensor,
} from '@slipway/protocol'
import { decodeMessage, FieldReader } from './reader.ts'
import { TypedContents } from './typed-contents.ts'

const MOST_TENSORS = 1000
const MOST_DIMENSIONS = 32

/** Throws INVALID_ARGUMENT. An empty version counts as none. */
export function decodeInferRequest(bytes: Uint8Array): InferRequest {
  return decodeMessage('inference.ModelInferRequest', () => {
    const parts = new RequestParts()
    new FieldReader(bytes).each(parts.onField)
    return parts.request()
  })
}

/** Whom the request is for, without reading its tensors. Throws INVALID_ARGUMENT. */
export function modelOf(bytes: Uint8Array): { readonly model: string; readonly version: string | undefined } {
  const [, model = '', version = ''] = headOf(bytes)
  return { model, version: version === '' ? undefined : version }
}

/** The caller's id of the request, or nothing where the octets are no request. */
export function idOf(bytes: Uint8Array): string {
  try {
    return headOf(bytes)[3] ?? ''
  } catch {
    return ''
  }
}

/** Name, version and id, at the numbers of their fields. */
function headOf(bytes: Uint8Array): readonly (string | undefined)[] {
  const head: string[] = []
  return decodeMessage('inference.ModelInferRequest', () => {
    new FieldReader(bytes).each((field, _wire, reader) => {
      if (field > 3) return false
      head[field] = reader.string()
    })
    return head
  })
}

class RequestParts {
  #model = ''
  #version = ''
  #id = ''
  readonly #parameters = new Map<string, ParameterValue>()
  readonly #inputs: InputParts[] = []
  readonly #outputs: RequestedOutput[] = []
  readonly #raw: Uint8Array[] = []

  readonly onField = (field: number, _wire: WireType, reader: FieldReader): boolean | undefined => {
    switch (field) {
      case 1:
        this.#model = reader.string()
        return
      case 2:
        this.#version = reader.string()
        return
      case 3:
        this.#id = reader.string()
        return
      case 4:
        readParameter(reader, this.#parameters)
        return
      case 5:
        bounded(this.#inputs, 'inputs').push(new InputParts(reader))
        return
      case 6:
        bounded(this.#outputs, 'outputs').push(readOutput(reader))
        return
      case 7:
        bounded(this.#raw, 'raw_input_contents').push(reader.bytes())
        return
      default:
        return false
    }
  }

  request(): InferRequest {
    if (this.#raw.length > 0 && this.#raw.length !== this.#inputs.length)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `there are ${this.#inputs.length} inputs and ${this.#raw.length} raw_input_contents; send one for each input, or none and contents in each`,
      )
    const inputs = new Map<string, Tensor>()
    for (const [index, input] of this.#inputs.entries()) {
      if (inputs.has(input.name)) throw new ServeError('INVALID_ARGUMENT', `input ${quoted(input.name)} is there twice`)
      inputs.set(input.name, input.tensor(this.#raw.length > 0 ? this.#raw[index] : undefined))
    }
    return {
      model: this.#model,
      inputs,
      ...(this.#version === '' ? {} : { version: this.#version }),
      ...(this.#id === '' ? {} : { id: this.#id }),
      ...(this.#outputs.length === 0 ? {} : { outputs: this.#outputs }),
      ...(this.#parameters.size === 0 ? {} : { parameters: this.#parameters }),
    }
  }
}

class InputParts {
  name = ''
  #datatype = ''
  readonly #shape: number[] = []
  #contents: TypedContents | undefined

  constructor(reader: FieldReader) {
    reader.message((field, wire, inner) => {
      if (field === 1) this.name = inner.string()
      else if (field === 2) this.#datatype = inner.string()
      else if (field === 3) this.#dimensions(wire, inner)
      else if (field === 5) {
        this.#contents ??= new TypedContents()
        inner.message(this.#contents.onField)
      } else return false
    })
  }

  tensor(raw: Uint8Array | undefined): Tensor {
    const datatype = this.#known()
    const label = `input ${quoted(this.name)}`
    const shape = this.#shape
    elementCount(shape)
    if (raw === undefined) return (this.#contents ?? new TypedContents()).tensor({ label, datatype, shape })
    if ((this.#contents?.count ?? 0) > 0)
      throw new ServeError(
        'INVALID_ARGUMENT',
        `${label} has contents, and there are raw_input_contents; send all inputs the one way or the other`,
      )
    return decodeBlob(raw, { subject: { kind: 'input', name: this.name }, datatype, shape, source: 'the length of its raw_input_contents' })
  }

  #dimensions(wire: WireType, reader: FieldReader): void {
    const octets = new FieldReader(reader.octets(wire))
    while (!octets.finished)
      bounded(this.#shape, 'dimensions', MOST_DIMENSIONS).push(octets.integer(`a dimension of input ${quoted(this.name)}`))
  }

  #known(): Datatype {
    if (isDatatype(this.#datatype)) return this.#datatype
    throw new ServeError(
      'INVALID_ARGUMENT',
      `input ${quoted(this.name)}: the datatype ${quoted(this.#datatype)} is unknown; it is one of ${DATATYPES.join(', ')}`,
    )
  }
}

function bounded<T>(list: T[], what: string, most = MOST_TENSORS): T[] {
  if (list.length === most) throw new ServeError('INVALID_ARGUMENT', `more than ${most} ${what} in one request`)
  return list
}

function readOutput(reader: FieldReader): RequestedOutput {
  let name = ''
  const parameters = new Map<string, ParameterValue>()
  reader.message((field, _wire, inner) => {
    if (field === 1) name = inner.string()
    else if (field === 2) readParameter(inner, parameters)
    else return false
  })
  return parameters.size === 0 ? { name } : { name, parameters: parameters satisfies Parameters }
}

/** One entry of a map of InferParameter. */
function readParameter(reader: FieldReader, into: Map<string, ParameterValue>): void {
  let key = ''
  let value: ParameterValue | undefined
  reader.message((field, _wire, entry) => {
    if (field === 1) key = entry.string()
    else if (field === 2)
      entry.message((choice, _, inner) => {
        if (choice < 1 || choice > 5) return false
        value = readChoice(choice, inner)
      })
    else return false
  })
  // A parameter without a value counts as absent.
  if (value !== undefined) into.set(key, value)
}

function readChoice(choice: number, reader: FieldReader): ParameterValue {
  if (choice === 1) return reader.bool()
  if (choice === 3) return reader.string()
  if (choice === 4) return reader.double()
  const whole = choice === 2 ? reader.int64() : reader.uint64()
  const number = Number(whole)
  return Number.isSafeInteger(number) ? number : whole
}
