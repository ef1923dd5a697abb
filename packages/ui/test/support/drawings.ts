/** The ten digits as lines of a mouse, which are kept beside the model that reads them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const EXAMPLES = join(import.meta.dirname, '..', '..', '..', '..', 'examples')

interface Drawing {
  readonly digit: number
  readonly strokes: readonly (readonly (readonly [x: number, y: number])[])[]
}

const STROKES = join(EXAMPLES, 'models', 'digits', 'train', 'strokes.json')
export const { drawings } = JSON.parse(readFileSync(STROKES, 'utf8')) as { readonly drawings: readonly Drawing[] }
