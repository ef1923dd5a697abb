/** Fills a form from a golden example: a V2 inference request, or a file that is the body. */
import type { InputInfo } from '@slipway/client'
import { formatJson } from '../call/exact-json.ts'
import { columnsOf, decodeRows } from './features.ts'
import { blankForm, type Draft, type Form } from './form.ts'
import { flatten, nest, shapeOf } from './nesting.ts'

interface GivenTensor {
  readonly shape: readonly number[]
  readonly flat: readonly unknown[]
}

/** The form that sends a file: only a model with one image takes one. */
export function formFromFile(inputs: readonly InputInfo[], blob: Blob, name: string): Form | undefined {
  const image = inputs.find((input) => input.as.kind === 'image')
  if (image === undefined) return undefined
  const blank = blankForm(inputs)
  return { ...blank, drafts: new Map(blank.drafts).set(image.name, { kind: 'image', picture: { source: 'file', blob, name } }) }
}

/** The form that sends what a V2 request holds; undefined when `request` is no such thing. */
export function formFromRequest(inputs: readonly InputInfo[], request: unknown): Form | undefined {
  const given = readTensors(request)
  if (given === undefined) return undefined
  const blank = blankForm(inputs)
  const drafts = new Map(blank.drafts)
  for (const input of inputs) {
    const value = given.get(input.name)
    const draft = value === undefined ? undefined : draftFrom(input, value)
    if (draft !== undefined) drafts.set(input.name, draft)
  }
  const flat = new Map([...given].map(([name, value]) => [name, value.flat]))
  return { ...blank, drafts, rows: decodeRows(columnsOf(inputs), flat) ?? blank.rows }
}

function draftFrom(input: InputInfo, value: GivenTensor): Draft | undefined {
  const data = nest(value.flat, value.shape)
  switch (input.as.kind) {
    case 'features':
      return undefined
    case 'image':
      return { kind: 'image', picture: { source: 'tensor', data } }
    case 'text':
      return { kind: 'text', text: value.flat.map(String).join('\n'), lines: value.flat.length > 1 ? 'each' : 'one' }
    case 'tensor':
      return { kind: 'tensor', json: formatJson(data) }
  }
}

function readTensors(request: unknown): ReadonlyMap<string, GivenTensor> | undefined {
  if (typeof request !== 'object' || request === null || !('inputs' in request) || !Array.isArray(request.inputs)) return undefined
  const tensors = new Map<string, GivenTensor>()
  for (const input of request.inputs as readonly unknown[]) {
    if (typeof input !== 'object' || input === null || !('name' in input) || !('data' in input)) return undefined
    const flat = flatten(input.data)
    const shape = 'shape' in input && Array.isArray(input.shape) ? input.shape.map(Number) : shapeOf(input.data)
    tensors.set(String(input.name), { shape, flat })
  }
  return tensors
}
