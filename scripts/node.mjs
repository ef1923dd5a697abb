// Runs a script of this repository under a Node that strips types: `node scripts/node.mjs FILE [ARGUMENTS…]`.
import { resolve } from 'node:path'
import { runModern } from '../packages/server/bin/modern-node.mjs'

const [script, ...args] = process.argv.slice(2)
await runModern(resolve(script), args)
