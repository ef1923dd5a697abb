/** model.yaml: reading it, and its JSON Schema for editors. */
import * as z from 'zod'
import { checkSettings, readDocument } from '../config/document.ts'
import { type Manifest, manifestSchema } from './manifest-schema.ts'

export const MANIFEST_FILE = 'model.yaml'

const LATER = 'has no effect in this version; remove it'
const REFUSED: Readonly<Record<string, string>> = {
  transform: LATER,
  'replicas.planFolder': 'holds for all models together; set it in slipway.yaml',
  'limits.inFlightBytes': 'bounds all models together; set it in slipway.yaml',
}

/** Throws INVALID_ARGUMENT with one line for each problem: the line of the file, the key, and what was meant. */
export function parseManifest(text: string): Manifest {
  const document = readDocument(text, MANIFEST_FILE)
  return checkSettings(manifestSchema, document.value, { where: document.where, refused: REFUSED })
}

/** What holds for a model without a manifest. */
export const NO_MANIFEST: Manifest = manifestSchema.parse({})

/** JSON Schema (2020-12) of model.yaml, for editors. */
export function manifestJsonSchema(): z.core.JSONSchema.JSONSchema {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input' }) as z.core.JSONSchema.JSONSchema
  return { title: 'model.yaml: what a model package says of itself', ...schema }
}
