/** The settings as a list: what the environment, the flags, the reference and the listing of values go by. */
import * as z from 'zod'
import { configSchema } from './schema.ts'

export interface Option {
  /** `limits.deadlineMs` */
  readonly path: string
  readonly description: string
  readonly default: unknown
  /** As JSON Schema, of what a file may hold. */
  readonly schema: z.core.JSONSchema.JSONSchema
}

export interface Section {
  /** `limits`, or '' for the settings at the top. */
  readonly path: string
  readonly description: string
  readonly options: readonly Option[]
}

type JsonSchema = z.core.JSONSchema.JSONSchema

/** JSON Schema (2020-12) of slipway.yaml, for editors. */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema
  return { title: 'slipway.yaml: the settings of Slipway', ...schema }
}

function listSections(): readonly Section[] {
  const entries = Object.entries(configJsonSchema().properties ?? {}) as readonly [string, JsonSchema][]
  const option = (path: string, schema: JsonSchema): Option => ({
    path,
    description: schema.description ?? '',
    default: schema.default,
    schema,
  })
  const top = entries.filter(([, schema]) => schema.properties === undefined).map(([key, schema]) => option(key, schema))
  const sections = entries
    .filter(([, schema]) => schema.properties !== undefined)
    .map(([key, schema]) => ({
      path: key,
      description: schema.description ?? '',
      options: Object.entries(schema.properties ?? {}).map(([inner, below]) => option(`${key}.${inner}`, below as JsonSchema)),
    }))
  return [{ path: '', description: 'What is served, and where.', options: top }, ...sections]
}

/** In the order of the schema. */
export const SECTIONS: readonly Section[] = listSections()
export const OPTIONS: readonly Option[] = SECTIONS.flatMap((section) => section.options)

/** `SLIPWAY_LIMITS_DEADLINEMS` */
export function variableOf(path: string): string {
  return `SLIPWAY_${path.replaceAll('.', '_').toUpperCase()}`
}

/** `--limits-deadline-ms` */
export function flagOf(path: string): string {
  return `--${path.replaceAll('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
