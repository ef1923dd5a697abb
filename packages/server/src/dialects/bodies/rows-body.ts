/**
 * A JSON object with `instances` or `inputs` as its rows or columns. Plain numbers for a model's only input go from the text straight into
 * its tensor; whatever else there is goes by the rule of rows.ts, which gives the same.
 */
import { type JsonObject, type JsonValue, parseRows, type RowsSpec, ServeError, type Tensors } from '@slipway/protocol'
import type { Call } from '../../http/route.ts'
import type { Revision } from '../../serving/revision.ts'
import { parseMediaType, unknownMediaType } from './media.ts'
import { columnsToInputs, rowsToInputs } from './rows.ts'

export interface RowsBody {
  readonly form: 'instances' | 'inputs'
  readonly inputs: Tensors
  /** The members beside them. */
  readonly members: JsonObject
}

const KEYS = ['instances', 'inputs'] as const

/** Reads the bare tokens NaN and Infinity, too. Throws INVALID_ARGUMENT unless the body has exactly one of both forms. */
export function readRowsBody(call: Call, revision: Revision): RowsBody {
  checkJsonType(call)
  const { members, rows } = parseRows(call.body, { keys: KEYS, spec: onlyInput(revision), nonFinite: true })
  const forms = KEYS.filter((key) => members.has(key) || rows.has(key))
  const [form] = forms
  if (form === undefined)
    throw new ServeError(
      'INVALID_ARGUMENT',
      'the body has neither "instances" nor "inputs"; send {"instances": […]} with one element for each row',
    )
  if (forms.length > 1) throw new ServeError('INVALID_ARGUMENT', 'the body has both "instances" and "inputs"; send one of them')
  const read = rows.get(form)
  const name = revision.package.inputs[0]?.name
  if (read !== undefined && name !== undefined) return { form, inputs: new Map([[name, read]]), members }
  const value = members.get(form) as JsonValue
  if (form === 'inputs') return { form, inputs: columnsToInputs(revision, value), members }
  if (!Array.isArray(value)) throw new ServeError('INVALID_ARGUMENT', '"instances" must be an array with one element for each row')
  return { form, inputs: rowsToInputs(revision, value), members }
}

/** What the numbers of a body can only be: the input of a model that has one, if it takes numbers. */
function onlyInput({ package: { inputs } }: Revision): RowsSpec | undefined {
  const [only] = inputs
  if (only === undefined || inputs.length > 1 || only.datatype === 'BYTES') return undefined
  if (only.unknownRank === true) return { name: only.name, datatype: only.datatype, shape: [-1, -1] }
  return only.shape.length === 0 ? undefined : only
}

/** What people's tools say of a JSON body when they are not told. */
const TAKEN: readonly string[] = ['application/json', 'text/json', 'text/plain', 'application/x-www-form-urlencoded']

/** Throws UNSUPPORTED_MEDIA_TYPE for a body that says that it is something else than JSON; one that says nothing is taken for it. */
export function checkJsonType(call: Call): void {
  const header = call.header('content-type')
  if (header === undefined || header === 'application/json' || header === '') return
  const type = parseMediaType(header)?.type ?? ''
  if (!TAKEN.includes(type) && !type.endsWith('+json')) throw unknownMediaType(header, ['application/json'])
}
