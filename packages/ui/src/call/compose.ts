/** From a filled form to the one call that is sent, shown and copied. */
import type { InputInfo, ModelInfo } from '@slipway/client'
import { columnsOf, encodeRows } from '../form/features.ts'
import type { Draft, Form } from '../form/form.ts'
import { column, fixedRows } from '../form/nesting.ts'
import { skeleton } from '../form/skeleton.ts'
import { formatJson, RawJson, readJson, writeJson } from './exact-json.ts'

/** One prediction as it goes over the wire: POST /api/v1/models/{model}/predict. */
export interface Call {
  readonly model: string
  readonly contentType: string
  /** JSON text, or a picture as it was picked or drawn. */
  readonly body: string | Blob
  /** The value of each input, nested; empty when the body was typed as a whole. */
  readonly inputs: ReadonlyMap<string, unknown>
}

/** Why the form cannot be sent yet: `missing` is not the person's mistake, `wrong` is. */
export interface Problem {
  readonly input: string
  readonly kind: 'missing' | 'wrong'
  readonly message: string
}

export type Composed = { readonly call: Call } | { readonly problems: readonly Problem[] }

type Value = { readonly value: unknown } | { readonly problem: Problem }

/** The call that sends the form, or everything that keeps it from being sent. */
export async function compose(model: Pick<ModelInfo, 'name' | 'inputs'>, form: Form): Promise<Composed> {
  if (form.mode === 'json') return composeJson(model.name, form.json)
  const whole = wholeBody(model, form)
  if (whole !== undefined) return { call: whole }
  const inputs = new Map<string, unknown>()
  const problems: Problem[] = []
  const features = encodeFeatures(model.inputs, form)
  problems.push(...features.problems)
  for (const input of model.inputs) {
    if (features.inputs.has(input.name)) inputs.set(input.name, features.inputs.get(input.name))
    const draft = form.drafts.get(input.name)
    if (draft === undefined || isLeftOut(input, draft)) continue
    const encoded = await encodeDraft(input, draft)
    if ('problem' in encoded) problems.push(encoded.problem)
    else inputs.set(input.name, encoded.value)
  }
  if (problems.length > 0) return { problems }
  const body = writeJson(new Map([['inputs', inputs]]))
  return { call: { model: model.name, contentType: 'application/json', body, inputs } }
}

/** The whole body as JSON to edit: what the widgets hold where they hold something, else a valid skeleton. */
export async function wholeRequest(model: Pick<ModelInfo, 'inputs'>, form: Form): Promise<string> {
  const features = encodeFeatures(model.inputs, form)
  const inputs = new Map<string, unknown>()
  for (const input of model.inputs) {
    const draft = form.drafts.get(input.name)
    if (draft !== undefined && isLeftOut(input, draft)) continue
    const encoded = draft === undefined ? undefined : await encodeDraft(input, draft)
    const value = encoded !== undefined && 'value' in encoded ? encoded.value : features.inputs.get(input.name)
    inputs.set(input.name, readJson(value === undefined ? skeleton(input) : writeJson(value)))
  }
  return formatJson(new Map([['inputs', inputs]]), 64)
}

function composeJson(model: string, text: string): Composed {
  const problem = jsonProblem(text)
  if (problem !== undefined) return { problems: [{ input: 'body', kind: 'wrong', message: problem }] }
  return { call: { model, contentType: 'application/json', body: text, inputs: new Map() } }
}

/** A model whose only input is a picture takes the picture itself as the body. */
function wholeBody(model: Pick<ModelInfo, 'name' | 'inputs'>, form: Form): Call | undefined {
  const needed = model.inputs.filter((input) => input.optional !== true)
  const only = needed.length === 1 ? needed[0] : undefined
  const draft = only === undefined ? undefined : form.drafts.get(only.name)
  if (only === undefined || draft?.kind !== 'image' || draft.picture === undefined || draft.picture.source === 'tensor') return undefined
  const blob = draft.picture.blob
  return { model: model.name, contentType: blob.type || 'application/octet-stream', body: blob, inputs: new Map([[only.name, blob]]) }
}

function encodeFeatures(
  inputs: readonly InputInfo[],
  form: Form,
): { readonly inputs: ReadonlyMap<string, unknown>; readonly problems: readonly Problem[] } {
  const columns = columnsOf(inputs)
  const encoded = columns.length === 0 ? { inputs: new Map<string, unknown>() } : encodeRows(columns, form.rows)
  if ('problems' in encoded) {
    const problems = encoded.problems.map(({ row, column: name, message }): Problem => {
      const where = form.rows.length > 1 ? `row ${row + 1}, ${name}` : name
      return { input: name, kind: message.includes('missing') ? 'missing' : 'wrong', message: `${where}: ${message}.` }
    })
    return { inputs: new Map(), problems }
  }
  const fixed = columns.map(({ input }) => fixedRows(input.shape)).find((rows) => rows !== undefined)
  if (fixed === undefined || fixed === form.rows.length) return { inputs: encoded.inputs, problems: [] }
  const message = `This model takes exactly ${fixed} ${fixed === 1 ? 'row' : 'rows'} at a time; the table has ${form.rows.length}.`
  return { inputs: encoded.inputs, problems: [{ input: columns[0]?.input.name ?? '', kind: 'wrong', message }] }
}

function isLeftOut(input: InputInfo, draft: Draft): boolean {
  if (input.optional !== true) return false
  if (draft.kind === 'image') return draft.picture === undefined
  return draft.kind === 'text' ? draft.text === '' : draft.json.trim() === ''
}

async function encodeDraft(input: InputInfo, draft: Draft): Promise<Value> {
  const missing = (message: string): Value => ({ problem: { input: input.name, kind: 'missing', message } })
  const wrong = (message: string): Value => ({ problem: { input: input.name, kind: 'wrong', message } })
  if (draft.kind === 'text') {
    const rows = draft.lines === 'one' ? [draft.text] : draft.text.split('\n').filter((line) => line.trim() !== '')
    if (rows.length === 0 || draft.text.trim() === '') return missing(`Write something for “${input.name}” to read.`)
    const fixed = fixedRows(input.shape)
    if (fixed !== undefined && fixed !== rows.length) return wrong(`“${input.name}” takes exactly ${fixed} text at a time.`)
    return { value: column(rows, input.shape) }
  }
  if (draft.kind === 'tensor') {
    if (draft.json.trim() === '') return missing(`“${input.name}” needs a value.`)
    const problem = jsonProblem(draft.json)
    return problem === undefined ? { value: new RawJson(draft.json.trim()) } : wrong(`“${input.name}”: ${problem}`)
  }
  if (draft.picture === undefined)
    return missing(input.as.kind === 'image' && input.as.draw ? 'Draw something, or pick a picture.' : 'Pick a picture.')
  if (draft.picture.source === 'tensor') return { value: draft.picture.data }
  return { value: [{ b64: await base64(draft.picture.blob) }] }
}

/** What a JSON parser says against the text, in one line; undefined when it is JSON. */
export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    const why = error instanceof Error ? (error.message.split(/\n| in JSON at/)[0] ?? '') : ''
    return `this is not JSON yet: ${why.slice(0, 160)}`
  }
}

/** A blob's bytes as base64. */
export async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let binary = ''
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(binary)
}
