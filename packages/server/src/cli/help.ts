/** The help of the program and of each command, as text. */
import type { Command, OptionSpec } from './command.ts'
import { COMMON_OPTIONS } from './parse.ts'

const EXIT_CODES = 'Exit codes: 0 ok, 1 a check failed, 2 usage, 3 not found, 4 conflict, 5 remote.'

export function programHelp(commands: readonly Pick<Command, 'name' | 'summary' | 'takes'>[]): string {
  const lines = commands.map(({ name, takes, summary }) => [`slipway ${name} ${takes}`.trimEnd(), summary] as const)
  return [
    'Slipway serves trained models: a playground to try them, and an API that existing clients speak.',
    '',
    ...columns(lines),
    '',
    'slipway COMMAND --help explains a command and shows an example; slipway --version tells the version.',
    EXIT_CODES,
  ].join('\n')
}

export function commandHelp(command: Command): string {
  const options = Object.entries({ ...command.options, ...COMMON_OPTIONS })
  const rows = options.map(([name, spec]) => [optionHead(name, spec), optionText(spec)] as const)
  return [
    command.summary,
    '',
    `Usage: slipway ${[command.name, command.takes].filter((part) => part !== '').join(' ')} [options]`,
    '',
    'Options:',
    ...columns(rows),
    '',
    command.examples.length === 1 ? 'Example:' : 'Examples:',
    ...columns(command.examples),
    '',
    EXIT_CODES,
  ].join('\n')
}

function optionHead(name: string, spec: OptionSpec): string {
  const value = spec.type === 'boolean' ? '' : ` ${spec.value ?? spec.oneOf?.join('|') ?? 'VALUE'}`
  return `${spec.short === undefined ? '    ' : `-${spec.short}, `}--${name}${value}`
}

function optionText(spec: OptionSpec): string {
  return spec.default === undefined ? spec.help : `${spec.help} Default: ${spec.default}.`
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([head]) => head.length))
  return rows.map(([head, text]) => `  ${head.padEnd(width)}  ${text}`.trimEnd())
}
