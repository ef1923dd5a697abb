/** The process of the command line: signals in, exit code out. */
import type { Command } from './command.ts'
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
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // `slipway … | head` closes the pipe early; a server goes on without its terminal.
    if (running?.endsInOrder !== true) process.exit(error.code === 'EPIPE' ? 0 : 1)
  })
}

const code = await runProgram(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: ending.signal,
  onCommand: (command) => {
    running = command
  },
})
// The last line may still be on its way into a pipe.
process.stdout.write('', () => process.exit(code))
