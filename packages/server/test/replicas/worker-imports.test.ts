/** What a worker loads: each replica is a process of its own and holds all of it once more. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

const WORKER = join(import.meta.dirname, '..', '..', 'src', 'replicas', 'worker.ts')

/** Packages that a file and all it imports name, each with the file that names it; `import()` counts, type imports do not. */
function packagesOf(start: string): ReadonlyMap<string, string> {
  const packages = new Map<string, string>()
  const seen = new Set([start])
  for (const path of seen) {
    const text = readFileSync(path, 'utf8').replaceAll(/^import type [^\n]*$/gm, '')
    for (const [, name = ''] of text.matchAll(/(?:\bfrom |\bimport\(|^import )'([^']+)'/gm)) {
      if (name.startsWith('.')) seen.add(join(dirname(path), name))
      else packages.set(name, path)
    }
  }
  return packages
}

test('a worker loads the runtime and what decodes pictures, and nothing that only a server needs', () => {
  const own = [...packagesOf(WORKER)].filter(([name]) => !name.startsWith('node:'))
  assert.deepEqual(own.map(([name]) => name).sort(), ['@slipway/protocol', 'onnxruntime-node', 'sharp'], JSON.stringify(own))
})
