// Runs a script of this repository under a Node that strips types: `node scripts/node.mjs FILE [ARGUMENTS…]`.
import { resolve } from 'node:path'
import { runModern } from '../packages/server/bin/modern-node.mjs'

const ORPHAN_CHECK_MS = 500

// npm passes a signal to the shell that it started, and a shell such as dash dies of it without a word to us:
// when our parent is gone we take it as that signal.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && process.kill(process.pid, 'SIGTERM'), ORPHAN_CHECK_MS).unref()
}
const [script, ...args] = process.argv.slice(2)
await runModern(resolve(script), args)
