/** A settings file (slipway.yaml, model.yaml): YAML to typed values, and refusals with line, key and what was meant. */
import { quoted, ServeError } from '@slipway/protocol'
import { LineCounter, parseDocument } from 'yaml'
import * as z from 'zod'
import { nearest } from '../base/nearest.ts'
import { valueText } from './quantities.ts'
import { withoutPassword } from './secrets.ts'

export type Path = readonly PropertyKey[]

export interface SettingsDocument {
  /** What the text holds; `{}` when it is empty. */
  readonly value: unknown
  /** Where a value stands, as people read it: `slipway.yaml, line 3`. */
  where(path: Path): string
}

/** Reads YAML 1.2; a duplicate key, a key named __proto__ or a flood of aliases is refused. `name` stands in every message. */
export function readDocument(text: string, name: string): SettingsDocument {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const at = (offset: number) => `${name}, line ${lines.linePos(offset).line}`
  const broken = document.errors[0]
  if (broken !== undefined) throw new ServeError('INVALID_ARGUMENT', `${at(broken.pos[0])} is no valid YAML: ${broken.message}`)
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch (cause) {
    throw new ServeError('INVALID_ARGUMENT', `${name} repeats too much through aliases; write the values out`, { cause })
  }
  const forbidden = pathOfPrototype(value)
  if (forbidden !== undefined) throw new ServeError('INVALID_ARGUMENT', `${name}: ${keyText(forbidden)} may not be used as a key`)
  return {
    value,
    where: (path) => {
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] | null } | undefined
        if (node?.range) return at(node.range[0] as number)
      }
      return name
    },
  }
}

function pathOfPrototype(value: unknown, path: Path = []): Path | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const found = key === '__proto__' ? [...path, key] : pathOfPrototype(inner, [...path, key])
    if (found !== undefined) return found
  }
  return undefined
}

export interface CheckOptions {
  /** Where a value comes from, for the message: a file and line, a variable, a flag. */
  where(path: Path): string
  /** Why a key that people may know from elsewhere is refused, by its path: `limits.inFlightBytes`. */
  readonly refused?: Readonly<Record<string, string>>
}

const MOST_PROBLEMS = 10

/** The value as the schema types it, or INVALID_ARGUMENT with one line for each problem. */
export function checkSettings<Schema extends z.ZodType>(schema: Schema, value: unknown, options: CheckOptions): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.flatMap((issue) => describeIssue(issue, { schema, value, options }))
  const more = problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more`] : []
  throw new ServeError('INVALID_ARGUMENT', [...problems.slice(0, MOST_PROBLEMS), ...more].join('\n'))
}

interface Checked {
  readonly schema: z.ZodType
  readonly value: unknown
  readonly options: CheckOptions
}

function describeIssue(issue: z.core.$ZodIssue, checked: Checked): readonly string[] {
  const { where, refused = {} } = checked.options
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const path = [...issue.path, key]
      const why = Object.hasOwn(refused, keyText(path)) ? refused[keyText(path)] : undefined
      return `${where(path)}: ${keyText(path)} ${why ?? unknownKey(key, keysAt(checked.schema, issue.path))}`
    })
  const given = valueAt(checked.value, issue.path)
  return [`${where(issue.path)}: ${keyText(issue.path) || 'the file'} ${problemOf(issue, given)}`]
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known)
  const help = meant !== undefined ? `; did you mean ${meant}?` : known.length > 0 ? `; known here: ${known.join(', ')}` : ''
  return `is not a setting${help}`
}

const NAMES_OF_TYPES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
}

/** Zod's issue as the end of a sentence about the key. Sentences of the schema itself pass as they are. */
function problemOf(issue: z.core.$ZodIssue, given: unknown): string {
  const got = given === undefined ? 'it is missing' : `got ${quoted(typeof given === 'string' ? withoutPassword(given) : valueText(given))}`
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}${issue.origin === 'array' ? ' entries long' : ''}, ${got}`
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}, ${got}`
  if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid')) {
    const meant = typeof given === 'string' ? nearest(given, issue.values.map(String)) : undefined
    return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}, ${got}${meant === undefined ? '' : `; did you mean ${meant}?`}`
  }
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid'))
    return `must be ${NAMES_OF_TYPES[issue.expected] ?? issue.expected}, ${got}`
  const sentence = issue.message.replace(/^expected /, 'must be ')
  return `${sentence}, ${got}`
}

/** `inputs.image.names[2]` */
export function keyText(path: Path): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('')
}

function valueAt(value: unknown, path: Path): unknown {
  let found = value
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined
    found = (found as Record<PropertyKey, unknown>)[key]
  }
  return found
}

type JsonSchema = z.core.JSONSchema.JSONSchema

/** The keys that the schema knows at a path. */
function keysAt(schema: z.ZodType, path: Path): readonly string[] {
  let nodes: readonly JsonSchema[] = [z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema]
  for (const key of path) nodes = nodes.flatMap((node) => below(node, key))
  return [...new Set(nodes.flatMap(variants).flatMap((node) => Object.keys(node.properties ?? {})))]
}

const variants = (node: JsonSchema): readonly JsonSchema[] => [
  node,
  ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((one) => variants(one as JsonSchema)),
]

function below(node: JsonSchema, key: PropertyKey): readonly JsonSchema[] {
  return variants(node).flatMap((one) => {
    const next = typeof key === 'number' ? one.items : (one.properties?.[String(key)] ?? one.additionalProperties)
    return typeof next === 'object' && !Array.isArray(next) ? [next as JsonSchema] : []
  })
}
