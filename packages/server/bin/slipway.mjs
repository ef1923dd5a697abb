#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runModern } from './modern-node.mjs'

// A clone runs from source; the published package holds compiled files.
const source = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
await runModern(existsSync(source) ? source : fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)), process.argv.slice(2))
