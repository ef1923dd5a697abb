/** The commands, each loaded only when it is run: `serve` must not wait for what only `predict` needs. */
import type { Command } from './command.ts'

const COMMANDS = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  inspect: async () => (await import('./commands/inspect.ts')).inspect,
  predict: async () => (await import('./commands/predict.ts')).predict,
  bench: async () => (await import('./commands/bench.ts')).bench,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  tune: async () => (await import('./commands/tune.ts')).tune,
  convert: async () => (await import('./commands/convert.ts')).convert,
  parity: async () => (await import('./commands/parity.ts')).parity,
  env: async () => (await import('./commands/env.ts')).env,
  feedback: async () => (await import('./commands/feedback.ts')).feedback,
  client: async () => (await import('./commands/client.ts')).client,
  config: async () => (await import('./commands/config.ts')).config,
} satisfies Record<string, () => Promise<Command>>

export type CommandName = keyof typeof COMMANDS

/** In the order of the help. */
export const commandNames = Object.keys(COMMANDS) as CommandName[]

export function loadCommand(name: CommandName): Promise<Command> {
  return COMMANDS[name]()
}
