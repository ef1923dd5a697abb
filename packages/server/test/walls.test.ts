/** The house rules of docs/architecture.md, on the parsed imports of every package, and proof that each of them can fail. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { FAMILIES, ROOMS, STOREYS } from './support/walls/rules.ts'
import { findViolations } from './support/walls/violations.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')

/** A made-up tree: paths below packages/server/src unless they name a package. */
function violations(tree: Readonly<Record<string, string>>): readonly string[] {
  const at = (path: string) => (path.startsWith('packages/') ? path : `packages/server/src/${path}`)
  return findViolations(Object.entries(tree).map(([path, text]) => ({ path: at(path), text })))
}

function refuses(tree: Readonly<Record<string, string>>, expected: RegExp): void {
  const found = violations(tree)
  assert.equal(found.length, 1, `expected one violation, found ${found.length}:\n${found.join('\n')}`)
  assert.match(found[0] as string, expected)
}

test('the sources keep every rule of the house', () => {
  const files = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: ROOT }).map((path) => path.replaceAll('\\', '/'))
  assert.ok(files.length > 20, `only ${files.length} source files were found below ${ROOT}`)
  const found = findViolations(files.map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') })))
  assert.ok(found.length === 0, `${found.length} violations:\n${found.join('\n')}`)
})

describe('storeys', () => {
  test('a file may import its own folder and any lower storey', () => {
    const lower = STOREYS.slice(0, 5).flatMap((folders) => folders.filter((folder) => !FAMILIES.some((family) => family.folder === folder)))
    const imports = lower.map((folder) => `import type { A } from '../${folder}/a.ts'`)
    assert.deepEqual(violations({ 'serving/admission.ts': [...imports, `import { b } from './layers/layer.ts'`].join('\n') }), [])
  })
  test('an import of a higher storey is refused', () => refuses({ 'serving/a.ts': `import { b } from '../app/b.ts'` }, /a\.ts:1 .*is up/))
  test('an import of the same storey is refused', () =>
    refuses({ 'models/a.ts': `\nimport { b } from '../replicas/b.ts'` }, /:2 .*sideways/))
  for (const text of [
    `import type { B } from '../config/b.ts'`,
    `import { type B } from '../config/b.ts'`,
    `export type { B } from '../config/b.ts'`,
    `export * from '../config/b.ts'`,
    `const b = await import('../config/b.ts')`,
    `export type B = import('../config/b.ts').B`,
  ])
    test(`it counts when it is written ${text}`, () => refuses({ 'base/a.ts': text }, /is up/))
  test('a folder without a storey is refused', () => refuses({ 'cellar/a.ts': '' }, /no storey/))
})

describe('circles', () => {
  test('two files that import each other are refused', () =>
    refuses({ 'base/a.ts': `import './b.ts'`, 'base/b.ts': `import type { A } from './a.ts'` }, /circle.*a\.ts.*b\.ts/))
  test('a longer circle is told once', () =>
    refuses({ 'base/a.ts': `import './b.ts'`, 'base/b.ts': `import './c.ts'`, 'base/c.ts': `import './a.ts'` }, /circle/))
  test('a file that imports itself is refused', () => refuses({ 'base/a.ts': `import './a.ts'` }, /circle/))
  test('two ways to one file are no circle', () =>
    assert.deepEqual(violations({ 'base/a.ts': `import './b.ts'\nimport './c.ts'`, 'base/b.ts': `import './c.ts'`, 'base/c.ts': '' }), []))
})

describe('files', () => {
  test('400 lines are accepted and 401 refused', () => {
    assert.deepEqual(violations({ 'base/a.ts': '\n'.repeat(400) }), [])
    refuses({ 'base/a.ts': '\n'.repeat(401) }, /401 lines/)
  })
  for (const name of ['utils', 'tensor-utils', 'helpers', 'common', 'misc', 'job-manager', 'processor', 'types', 'index'])
    test(`the name ${name}.ts is refused`, () => refuses({ [`base/${name}.ts`]: '' }, /says nothing/))
  test('a name that holds a banned word inside is accepted', () => assert.deepEqual(violations({ 'base/content-types.ts': '' }), []))
  test('a default export is refused', () => refuses({ 'base/a.ts': 'export default 1' }, /:1 exports a default/))
})

describe('rooms', () => {
  for (const room of ROOMS) {
    for (const name of room.imports ?? [])
      test(`${room.what}: importing ${name} elsewhere is refused`, () =>
        refuses({ 'models/a.ts': `import * as x from '${name}'` }, /only in/))
    for (const name of room.uses ?? [])
      test(`${room.what}: ${name} elsewhere is refused`, () => refuses({ 'models/a.ts': `export const x = ${name}` }, /only in/))
  }
  for (const text of [`globalThis.process.env`, `process['env']`, `globalThis.setTimeout(f, 1)`])
    test(`${text} is seen too`, () => refuses({ 'models/a.ts': `export const x = ${text}` }, /only in/))
  test('a taken member is seen too', () => {
    refuses({ 'models/a.ts': 'const { env } = process' }, /process\.env/)
    refuses({ 'models/a.ts': `import { env } from 'node:process'` }, /process\.env/)
  })
  test('each thing may be done in its own room', () => {
    const own = {
      'config/load.ts': 'process.env',
      'cli/output.ts': 'console',
      'runtimes/onnx.ts': `import 'onnxruntime-node'`,
      'http/server-node.ts': `import 'node:http'`,
      'base/clock.ts': 'Date.now()',
      'base/process.ts': `import 'node:child_process'`,
    }
    assert.deepEqual(violations(own), [])
  })
  test('a property or a date of given time is no use of the clock', () =>
    assert.deepEqual(violations({ 'models/a.ts': 'const x = { console: 1 }\nexport const y = [x.console, new Date(5)]' }), []))
})

describe('families', () => {
  for (const { folder } of FAMILIES)
    test(`a member of ${folder} is named by nobody else`, () => {
      const member = folder === 'http' ? 'server-x' : folder === 'replicas' ? 'inline' : 'member'
      const up = '../'.repeat(folder.split('/').length)
      refuses({ 'cli/a.ts': `import '../${folder}/${member}.ts'` }, /member of a family/)
      const neighbour = folder === 'http' || folder === 'replicas' ? 'neighbour' : 'other'
      refuses({ [`${folder}/${neighbour}.ts`]: `import '${up}${folder}/${member}.ts'` }, /member of a family/)
    })
  test('the catalog names members, and a member knows its own parts', () => {
    const tree = {
      'runtimes/catalog.ts': `import('./onnx.ts')`,
      'runtimes/onnx.ts': `import './onnx-tensors.ts'\nimport './runtime.ts'`,
      'runtimes/onnx-tensors.ts': `import './onnx-names.ts'`,
      'runtimes/onnx-names.ts': '',
      'runtimes/runtime.ts': '',
    }
    assert.deepEqual(violations(tree), [])
  })
})

describe('packages', () => {
  const file = (name: string, text: string) => ({ [`packages/${name}/src/a.ts`]: text })
  test('imports in the allowed direction are accepted', () => {
    const tree = {
      ...file('onnx', `import '@slipway/protocol'`),
      ...file('client', `import '@slipway/protocol'`),
      ...file('ui', `import '@slipway/client'\nimport 'react'`),
      'base/a.ts': `import '@slipway/onnx'\nimport '@slipway/client'\nimport 'node:fs'\nimport 'zod'`,
    }
    assert.deepEqual(violations(tree), [])
  })
  test('an import against the direction is refused', () => {
    refuses(file('protocol', `import '@slipway/onnx'`), /no other package/)
    refuses(file('client', `import '@slipway/onnx'`), /may import/)
    refuses(file('ui', `import '@slipway/server'`), /may import/)
  })
  test('an import past the public entry is refused', () => {
    refuses({ 'base/a.ts': `import '@slipway/protocol/src/tensor.ts'` }, /public entry/)
    refuses({ 'base/a.ts': `import '../../../protocol/src/tensor.ts'` }, /public entry/)
  })
  test('Node and other packages are refused where there may be no Node', () => {
    refuses(file('protocol', `import 'node:fs'`), /no Node/)
    refuses(file('ui', `import 'node:fs'`), /no Node/)
    refuses(file('client', `import 'zod'`), /no dependencies/)
  })
  test('an unknown package is refused', () => refuses(file('attic', ''), /do not know/))
})
