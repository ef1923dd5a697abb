/** Everything a person has put into a model's form; immutable, so that a change is a new form. */
import type { InputInfo } from '@slipway/client'
import { columnsOf, typicalRow } from './features.ts'
import { isEditable, skeleton } from './skeleton.ts'

/** A picture to send: encoded bytes, or the tensor that an example gave in its place. */
export type Picture =
  | { readonly source: 'file'; readonly blob: Blob; readonly name: string }
  | { readonly source: 'drawing'; readonly blob: Blob }
  | { readonly source: 'tensor'; readonly data: unknown }

export type Draft =
  | { readonly kind: 'image'; readonly picture?: Picture }
  | { readonly kind: 'text'; readonly text: string; readonly lines: LineUse }
  | { readonly kind: 'tensor'; readonly json: string }

/** Whether a text is one row, or each of its lines is. */
export type LineUse = 'one' | 'each'

export interface Form {
  /** `json` sends what stands in the editor of the whole body instead of the widgets' values. */
  readonly mode: 'widgets' | 'json'
  readonly json: string
  /** Rows of the feature columns, as typed. */
  readonly rows: readonly (readonly string[])[]
  /** The inputs that are no features. */
  readonly drafts: ReadonlyMap<string, Draft>
}

/** The form a model starts with: typical numbers, no picture, no text. */
export function blankForm(inputs: readonly InputInfo[]): Form {
  const drafts = new Map<string, Draft>()
  for (const input of inputs) {
    const draft = blankDraft(input)
    if (draft !== undefined) drafts.set(input.name, draft)
  }
  return { mode: 'widgets', json: '', rows: [typicalRow(columnsOf(inputs))], drafts }
}

function blankDraft(input: InputInfo): Draft | undefined {
  switch (input.as.kind) {
    case 'features':
      return undefined
    case 'image':
      return { kind: 'image' }
    case 'text':
      return { kind: 'text', text: '', lines: 'one' }
    case 'tensor':
      // Zeros would overrule the default of an input that may be left out.
      return { kind: 'tensor', json: input.optional !== true && isEditable(input) ? skeleton(input) : '' }
  }
}

/** The form with another draft for one input. */
export function withDraft(form: Form, name: string, draft: Draft): Form {
  return { ...form, drafts: new Map(form.drafts).set(name, draft) }
}

/** The form with another value in one cell. */
export function withCell(form: Form, at: { readonly row: number; readonly column: number }, text: string): Form {
  const rows = form.rows.map((cells, row) => (row === at.row ? cells.map((cell, column) => (column === at.column ? text : cell)) : cells))
  return { ...form, rows }
}
