/** A marked answer in a line: what the model was given, and what it said. */
import type { FeedbackInfo, InputInfo, OutputInfo, TensorJson } from '@slipway/client'
import type { Pixels } from '../drawing.ts'
import { flatten, nest } from '../form/nesting.ts'
import { previewTensor } from '../picture/preview.ts'
import { formatElement } from '../result/format.ts'
import { answerRows, headline } from '../result/rows.ts'

/** A picture by its address or its pixels, or the beginning of the values. */
export type Given = { readonly url: string } | { readonly pixels: Pixels } | { readonly text: string }

const SHOWN = 4

export function givenOf({ input }: Pick<FeedbackInfo, 'input'>, inputs: readonly InputInfo[]): Given {
  if ('file' in input) return { url: `data:${input.file.contentType};base64,${input.file.base64}` }
  const image = inputs.find((each) => each.as.kind === 'image')
  const tensor = input.inputs.find(({ name }) => name === image?.name)
  const pixels = tensor !== undefined && image?.as.kind === 'image' ? pictureOf(tensor, image.as) : undefined
  return pixels === undefined ? { text: input.inputs.map(beginning).join(' · ') } : { pixels }
}

function pictureOf(tensor: TensorJson, kind: Extract<InputInfo['as'], { readonly kind: 'image' }>): Pixels | undefined {
  return tensor.datatype === 'BYTES' ? undefined : previewTensor(tensor.data, kind)
}

/** The first row's label, else the first values. */
export function saidOf({ output }: Pick<FeedbackInfo, 'output'>, outputs: readonly OutputInfo[]): string {
  const values = output.outputs.map(({ name, shape, data }) => [name, nest(flatten(data), shape)] as const)
  const rows = answerRows({ outputs: Object.fromEntries(values) }, outputs)
  const said = rows[0] === undefined ? '' : headline(rows[0])
  if (said === '') return output.outputs.map(beginning).join(' · ')
  return rows.length > 1 ? `${said} and ${rows.length - 1} more` : said
}

function beginning({ data }: TensorJson): string {
  const flat = flatten(data)
  return flat.slice(0, SHOWN).map(formatElement).join(', ') + (flat.length > SHOWN ? ', …' : '')
}
