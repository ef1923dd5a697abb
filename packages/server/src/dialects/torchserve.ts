/** TorchServe's inference API. Source: pytorch/serve docs/inference_api.md and its default handlers. */
import {
  type ErrorCode,
  type InferRequest,
  type InferResponse,
  type JsonValue,
  parseJson,
  quoted,
  ServeError,
  type Tensors,
} from '@slipway/protocol'
import { json } from '../http/respond.ts'
import type { Call, HttpResponse, Route } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { type FormPart, readForm } from './bodies/form.ts'
import { rowsUnder } from './bodies/json-body.ts'
import { parseMediaType, unknownMediaType } from './bodies/media.ts'
import { isOneNamedRow, isOneRow } from './bodies/one-row.ts'
import { outputRows } from './bodies/output-rows.ts'
import { looksLikePicture, pictureInput, pictureInputs } from './bodies/picture.ts'
import { columnsToInputs, rowsToInputs } from './bodies/rows.ts'
import { labelsByOutput } from './bodies/scored-labels.ts'
import { answerInference, type Dialect, type DialectDeps } from './dialect.ts'

/** `curl -T` sends PUT, `-d` and `-F` send POST. PUT is also how Cog is given a prediction's id, so it is for names of models only. */
export function createTorchServe(deps: DialectDeps): Dialect {
  const claims = ({ params }: Call) => deps.dataPlane.table.has(params.name as string)
  const route = (method: Route['method'], path: string): Route => ({
    method,
    path,
    access: 'infer',
    handle: (call) => predict(deps, call),
    problem: exceptionJson,
  })
  const [path, versionPath] = ['/predictions/:name', '/predictions/:name/:version']
  const put = { ...route('PUT', path), claims }
  return { name: 'torchserve', routes: [route('POST', path), put, route('POST', versionPath), route('PUT', versionPath)] }
}

const EXCEPTIONS: Readonly<Partial<Record<ErrorCode, string>>> = {
  INVALID_ARGUMENT: 'BadRequestException',
  FAILED_PRECONDITION: 'BadRequestException',
  NOT_FOUND: 'ModelNotFoundException',
  METHOD_NOT_ALLOWED: 'MethodNotAllowedException',
  PAYLOAD_TOO_LARGE: 'RequestEntityTooLargeException',
  UNSUPPORTED_MEDIA_TYPE: 'UnsupportedMediaTypeException',
  UNAVAILABLE: 'ServiceUnavailableException',
  RESOURCE_EXHAUSTED: 'ServiceUnavailableException',
}
const LONGEST_MESSAGE = 2000

/** `{"code": 404, "type": "ModelNotFoundException", "message": "…"}`. */
function exceptionJson({ code, status, message }: ServeError): HttpResponse {
  return json({ code: status, type: EXCEPTIONS[code] ?? 'InternalServerException', message: message.slice(0, LONGEST_MESSAGE) }, status)
}

/** What the answer is made as: for one case or for several, and by label where a default handler would do so. */
interface Asked {
  readonly inputs: Tensors
  readonly form: 'one' | 'rows' | 'predictions'
  readonly labelled: boolean
}

async function predict(deps: DialectDeps, call: Call): Promise<HttpResponse> {
  const item = await bodyItem(call)
  return answerInference(deps, call, {
    dialect: 'torchserve',
    model: call.params.name as string,
    version: call.params.version,
    decode: (revision) => {
      const asked = decode(item, revision)
      return { request: { model: revision.model, inputs: asked.inputs } satisfies InferRequest, decoded: asked }
    },
    encode: (response, asked, revision) => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: encode(response, asked, revision),
    }),
  })
}

interface Item {
  readonly type: string | undefined
  readonly bytes: Uint8Array
}

/** The body, or the part `data` (else `body`) of a form, as the default handlers look for it. */
async function bodyItem(call: Call): Promise<Item> {
  const header = call.header('content-type')
  const media = parseMediaType(header)
  if (media?.type !== 'multipart/form-data') return { type: media?.type, bytes: call.body }
  const parts = await readForm(header as string, call.body)
  const part = find(parts, 'data') ?? find(parts, 'body')
  if (part !== undefined) return part
  throw new ServeError(
    'INVALID_ARGUMENT',
    `the form has no part "data"; its parts are ${parts
      .slice(0, 20)
      .map(({ name }) => quoted(name))
      .join(', ')}`,
  )
}

const find = (parts: readonly FormPart[], name: string) => parts.find((part) => part.name === name)

/** Types that say nothing, as they come from `curl -T`, `-d` and `-F`: the octets and the model decide. */
const UNTOLD = [undefined, 'application/octet-stream', 'application/x-www-form-urlencoded', 'text/plain']
const KNOWN = [
  'application/json',
  'text/plain',
  'application/octet-stream',
  'multipart/form-data',
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
]

function decode({ type, bytes }: Item, revision: Revision): Asked {
  if (type?.startsWith('image/') === true) return picture(revision, bytes)
  if (type === 'application/json' || type === 'text/json' || type?.endsWith('+json') === true) return fromJson(parseJson(bytes), revision)
  if (!UNTOLD.includes(type)) throw unknownMediaType(type, KNOWN)
  if (pictureInput(revision) !== undefined && looksLikePicture(bytes)) return picture(revision, bytes)
  const [first] = revision.package.inputs
  if (first?.datatype === 'BYTES' && revision.package.inputs.length === 1)
    return { inputs: rowsToInputs(revision, [textOf(bytes)]), form: 'one', labelled: true }
  return fromJson(parseJson(bytes), revision)
}

const picture = (revision: Revision, bytes: Uint8Array): Asked => ({
  inputs: pictureInputs(revision, [bytes]),
  form: 'one',
  labelled: true,
})

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ServeError('INVALID_ARGUMENT', 'the text is no UTF-8; send it as UTF-8', { cause })
  }
}

/** `{"instances": rows}`, rows, one row, or the inputs by name. */
function fromJson(value: JsonValue, revision: Revision): Asked {
  if (value instanceof Map) {
    const body = value as ReadonlyMap<string, JsonValue>
    const instances = body.get('instances')
    if (instances !== undefined)
      return { inputs: rowsToInputs(revision, rowsUnder('instances', instances)), form: 'predictions', labelled: false }
    if (isOneNamedRow(revision, body)) return { inputs: rowsToInputs(revision, [value]), form: 'one', labelled: false }
    return { inputs: columnsToInputs(revision, value), form: 'rows', labelled: false }
  }
  if (isOneRow(revision.package.inputs[0], value)) return { inputs: rowsToInputs(revision, [value]), form: 'one', labelled: false }
  return { inputs: rowsToInputs(revision, value as readonly JsonValue[]), form: 'rows', labelled: false }
}

const MOST_LABELS = 5

function encode(response: InferResponse, { form, labelled }: Asked, revision: Revision): string {
  const [labels] = labelled ? labelsByOutput(response, revision).values() : []
  const rows =
    labels === undefined
      ? outputRows(response.outputs)
      : labels.map(
          (row) =>
            `{${row
              .slice(0, MOST_LABELS)
              .map(({ label, score }) => `${JSON.stringify(label)}:${score}`)
              .join(',')}}`,
        )
  if (form === 'one') return rows[0] ?? 'null'
  return form === 'rows' ? `[${rows.join(',')}]` : `{"predictions":[${rows.join(',')}]}`
}
