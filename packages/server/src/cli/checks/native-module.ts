/** Loads a native module in a process of its own, since one that does not fit the machine may crash whoever loads it. */
import { run } from '../../base/process.ts'

const TIMEOUT_MS = 20_000
/** Arguments of the script: a file of this package to resolve from, and the module. */
const SCRIPT = `
const { createRequire } = require('node:module')
const [from, name] = process.argv.slice(-2)
const loaded = createRequire(from)(name)
const versions = loaded.versions ?? loaded.env?.versions ?? {}
console.log(JSON.stringify(versions))
`

/** The versions that the module tells of itself; rejects with the first line of what went wrong. */
export async function loadNative(name: string): Promise<Readonly<Record<string, string>>> {
  try {
    const { stdout } = await run(process.execPath, ['-e', SCRIPT, import.meta.filename, name], TIMEOUT_MS)
    return JSON.parse(stdout) as Record<string, string>
  } catch (error) {
    throw new Error(reason(error), { cause: error })
  }
}

function reason(error: unknown): string {
  const { killed, signal, message = '' } = error as { killed?: boolean; signal?: string; message?: string }
  if (killed === true) return `it did not load within ${TIMEOUT_MS / 1000} s`
  if (typeof signal === 'string') return `the process that loaded it was ended by ${signal}`
  const lines = message.split('\n').map((line) => line.trim())
  return lines.find((line) => /^(\w*Error|error):/i.test(line)) ?? lines.at(-1) ?? 'it did not load'
}
