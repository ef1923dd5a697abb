/** Command lines to typed options, and refusals that say what was meant. */
import { parseArgs } from 'node:util'
import { quoted } from '@slipway/protocol'
import { nearest } from '../base/nearest.ts'
import type { Command, Given, OptionSpec, OptionSpecs } from './command.ts'
import { CommandError, EXIT } from './exit.ts'

/** Understood by every command. */
export const COMMON_OPTIONS = {
  json: { type: 'boolean', help: 'Print one JSON document instead of text.' },
  help: { type: 'boolean', short: 'h', help: 'Show this help.' },
} as const satisfies OptionSpecs

export interface ParsedLine extends Given<OptionSpecs> {
  readonly json: boolean
  readonly help: boolean
}

/** The options of a command line. Throws a usage CommandError for what the command does not know or may not have. */
export function parseLine(command: Command, args: readonly string[]): ParsedLine {
  const specs: OptionSpecs = { ...command.options, ...COMMON_OPTIONS }
  const { tokens } = parseArgs({ args: [...args], options: optionsFor(specs), strict: false, allowPositionals: true, tokens: true })
  const paths: string[] = []
  const values: Record<string, string | number | boolean | undefined> = Object.create(null)
  for (const [name, spec] of Object.entries(specs)) values[name] = spec.type === 'boolean' ? false : spec.default
  for (const token of tokens) {
    if (token.kind === 'positional') paths.push(token.value)
    if (token.kind !== 'option') continue
    if (!Object.hasOwn(specs, token.name)) throw unknownOption(command, token.rawName, Object.keys(specs))
    values[token.name] = typedValue(command, { spec: specs[token.name] as OptionSpec, raw: token.rawName, value: given(token) })
  }
  const { json, help, ...options } = values
  if (help !== true) checkCount(command, paths.length)
  return { options: options as ParsedLine['options'], paths, json: json === true, help: help === true }
}

function optionsFor(specs: OptionSpecs): Record<string, { type: 'string' | 'boolean'; short?: string }> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { type, short }]) => [
      name,
      { type: type === 'boolean' ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) } as const,
    ]),
  )
}

/** What looks like an option was meant as one, unless it is joined by "=", is a number, or is the "-" of standard input. */
function given({
  value,
  inlineValue,
}: {
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}): string | undefined {
  const option = value !== undefined && inlineValue !== true && /^-[^\d.]/.test(value)
  return option ? undefined : value
}

const seeHelp = (command: Command) => `"slipway ${command.name} --help" lists what it takes`

function unknownOption(command: Command, raw: string, known: readonly string[]): CommandError {
  const meant = nearest(raw.replace(/^-+/, ''), known)
  const hint = meant === undefined ? seeHelp(command) : `did you mean --${meant}?`
  return new CommandError(EXIT.usage, `slipway ${command.name} has no option ${quoted(raw)}; ${hint}`)
}

interface Occurrence {
  readonly spec: OptionSpec
  readonly raw: string
  readonly value: string | undefined
}

function typedValue(command: Command, { spec, raw, value }: Occurrence): string | number | boolean {
  const refuse = (problem: string) => new CommandError(EXIT.usage, `option ${raw} of slipway ${command.name} ${problem}`)
  if (spec.type === 'boolean') {
    if (value !== undefined) throw refuse(`takes no value, but was given ${quoted(value)}`)
    return true
  }
  const needs = spec.oneOf === undefined ? (spec.value ?? 'a value') : `one of ${spec.oneOf.join(', ')}`
  if (value === undefined || value === '') throw refuse(`needs ${needs}; ${seeHelp(command)}`)
  if (spec.oneOf !== undefined && !spec.oneOf.includes(value)) {
    const meant = nearest(value, spec.oneOf)
    throw refuse(`must be ${needs}, not ${quoted(value)}${meant === undefined ? '' : `; did you mean ${meant}?`}`)
  }
  if (spec.type === 'string') return value
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number)) throw refuse(`needs a number, not ${quoted(value)}`)
  return number
}

function checkCount(command: Command, count: number): void {
  const [least, most] = command.counts
  if (count < least) throw new CommandError(EXIT.usage, `slipway ${command.name} needs ${command.takes}; ${seeHelp(command)}`)
  if (count <= most) return
  const takes = most === 0 ? 'takes no arguments besides options' : `takes ${command.takes}, ${most} at most`
  throw new CommandError(EXIT.usage, `slipway ${command.name} ${takes}, but was given ${count}; ${seeHelp(command)}`)
}
