/** What a command is: its words, its options with their defaults, its help, and what it does. */
import type { ExitCode } from './exit.ts'
import type { Output } from './output.ts'

export interface OptionSpec {
  readonly type: 'string' | 'number' | 'boolean'
  /** One sentence. */
  readonly help: string
  readonly short?: string
  /** What stands for the value in the help, such as PORT. */
  readonly value?: string
  /** The only values allowed. */
  readonly oneOf?: readonly string[]
  readonly default?: string | number
}
export type OptionSpecs = Readonly<Record<string, OptionSpec>>

type ValueOf<S extends OptionSpec> = S['type'] extends 'boolean'
  ? boolean
  : S['oneOf'] extends readonly (infer One)[]
    ? One
    : S['type'] extends 'number'
      ? number
      : string
/** A flag is false when not given; another option without a default is undefined. */
export type OptionValues<O extends OptionSpecs> = {
  readonly [Name in keyof O]: O[Name]['type'] extends 'boolean'
    ? boolean
    : O[Name] extends { readonly default: string | number }
      ? ValueOf<O[Name]>
      : ValueOf<O[Name]> | undefined
}

export interface Given<O extends OptionSpecs> {
  readonly options: OptionValues<O>
  /** Arguments that are no options, in order. */
  readonly paths: readonly string[]
}

/** Everything of the outside that a command touches. */
export interface Io {
  readonly output: Output
  /** Standard input as octets; read by `-`. */
  readonly stdin: AsyncIterable<Uint8Array>
  /** Aborted when the command is told to end. */
  readonly signal: AbortSignal
}

export interface Command<O extends OptionSpecs = OptionSpecs> {
  readonly name: string
  /** One line, in the list of commands. */
  readonly summary: string
  /** The arguments that are no options, as the help writes them; '' when there are none. */
  readonly takes: string
  /** How few and how many of them. */
  readonly counts: readonly [least: number, most: number]
  readonly options: O
  /** Command lines with what they do, in the order of use. */
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** Set when the command ends by itself after `io.signal`; others are cut. */
  readonly endsInOrder?: true
  run(given: Given<O>, io: Io): Promise<ExitCode>
}

/** A command whose `run` knows the types of its own options. Options common to all (--json, --help) are added when it is parsed. */
export function defineCommand<const O extends OptionSpecs>(command: Command<O>): Command {
  // The parser builds `options` from these very specs, so what `run` gets is what its type says.
  return command as unknown as Command
}
