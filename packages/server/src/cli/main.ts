/** The process of the command line: signals in, exit code out. */
import type { Command } from './command.ts'
import { consoleWritten, onConsoleLost } from './output.ts'
import { runProgram } from './program.ts'

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const

const ending = new AbortController()
let running: Command | undefined

for (const [name, number] of Object.entries(SIGNALS)) {
  process.on(name, () => {
    // A second signal, or the first to a command without an orderly end, ends at once, as a shell expects.
    if (ending.signal.aborted || running?.endsInOrder !== true) process.exit(128 + number)
    ending.abort(name)
  })
}
// The launcher (bin/modern-node.mjs) holds the other end: a closed channel means that it was killed outright.
if (process.channel !== undefined) {
  process.on('disconnect', () => (running?.endsInOrder === true ? ending.abort('launcher gone') : process.exit(1)))
  process.channel?.unref()
}
// `slipway … | head` closes the pipe early; a server goes on without its terminal.
onConsoleLost((code) => {
  if (running?.endsInOrder !== true) process.exit(code === 'EPIPE' ? 0 : 1)
})

const code = await runProgram(process.argv.slice(2), {
  stdin: process.stdin,
  signal: ending.signal,
  onCommand: (command) => {
    running = command
  },
})
await consoleWritten()
process.exit(code)
