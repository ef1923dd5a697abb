/** From a command line to an exit code: finds the command, loads only that, and turns what went wrong into one sentence. */
import { quoted } from '@slipway/protocol'
import { VERSION } from '../app/version.ts'
import { nearest } from '../base/nearest.ts'
import { escapeControls } from '../observe/log-line.ts'
import { type CommandName, commandNames, loadCommand } from './catalog.ts'
import type { Command, Io } from './command.ts'
import { CommandError, EXIT, type ExitCode, exitCodeOf } from './exit.ts'
import { commandHelp, programHelp } from './help.ts'
import { createOutput } from './output.ts'
import { parseLine } from './parse.ts'

export interface Surroundings {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly signal: AbortSignal
  /** Called with the command before it runs. */
  readonly onCommand?: (command: Command) => void
}

/** Runs one command line; never rejects. */
export async function runProgram(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  // Asked of the raw line, since a command line that cannot be parsed has no options to ask.
  const json = args.includes('--json')
  const output = createOutput({ json })
  try {
    return await dispatch(args, { output, stdin: around.stdin, signal: around.signal }, around)
  } catch (error) {
    const exit = exitCodeOf(error)
    const message = error instanceof Error ? error.message : String(error)
    output.note(`slipway: ${message.split('\n').map(escapeControls).join('\n         ')}`)
    if (await tellsStacks(args)) output.note(String(error instanceof Error ? describeStack(error) : error))
    else if (!expected(error)) output.note('This was not foreseen; run it again with SLIPWAY_LOG_LEVEL=debug to see where it happened.')
    if (json) output.document({ error: message, exit })
    return exit
  }
}

async function dispatch(args: readonly string[], io: Io, around: Surroundings): Promise<ExitCode> {
  const [first, ...rest] = args
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') return explain(rest[0], io)
  if (first === '--version' || first === '-v') {
    if (io.output.json) io.output.document({ version: VERSION })
    else io.output.line(VERSION)
    return EXIT.ok
  }
  const command = await loadCommand(known(first))
  const line = parseLine(command, rest)
  if (line.help) {
    io.output.line(commandHelp(command))
    return EXIT.ok
  }
  around.onCommand?.(command)
  return command.run(line, io)
}

async function explain(name: string | undefined, { output }: Io): Promise<ExitCode> {
  if (name !== undefined && !name.startsWith('-')) {
    output.line(commandHelp(await loadCommand(known(name))))
    return EXIT.ok
  }
  output.line(programHelp(await Promise.all(commandNames.map(loadCommand))))
  return EXIT.ok
}

function known(name: string): CommandName {
  const found = commandNames.find((command) => command === name)
  if (found !== undefined) return found
  if (name.startsWith('-')) throw new CommandError(EXIT.usage, `a command comes first, not ${quoted(name)}; "slipway --help" lists them`)
  const meant = nearest(name, commandNames)
  const path = /[./\\]/.test(name) ? `did you mean "slipway serve ${name}"?` : '"slipway --help" lists them'
  throw new CommandError(EXIT.usage, `there is no command ${quoted(name)}; ${meant === undefined ? path : `did you mean "${meant}"?`}`)
}

const expected = (error: unknown) => error instanceof Error && ['CommandError', 'ServeError', 'SlipwayError'].includes(error.name)

/** Whether the person asked for the debug level, by flag or by configuration. */
async function tellsStacks(args: readonly string[]): Promise<boolean> {
  if (args.some((arg, index) => arg === '--log-level=debug' || (arg === 'debug' && args[index - 1] === '--log-level'))) return true
  try {
    const { loadConfig } = await import('../config/load.ts')
    return (await loadConfig({})).config.log.level === 'debug'
  } catch {
    // A broken configuration is an error of its own command, not of this report.
    return false
  }
}

function describeStack(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${describeStack(error.cause)}` : ''
  return (error.stack ?? error.message).split('\n').map(escapeControls).join('\n') + cause
}
