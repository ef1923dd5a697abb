import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { parseSync } from 'oxc-parser'
import { bundleForBrowser } from './support/bundle.ts'

const CLIENT = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const PROTOCOL = fileURLToPath(import.meta.resolve('@slipway/protocol'))

/** What Node, Bun and Deno have and a browser does not. */
const NOT_IN_A_BROWSER = new Set([
  'process',
  'Buffer',
  'global',
  'require',
  'module',
  '__dirname',
  '__filename',
  'setImmediate',
  'Bun',
  'Deno',
])

interface SyntaxNode {
  readonly type: string
  readonly name?: string
  readonly computed?: boolean
  readonly [key: string]: unknown
}

/** Names that the code reads from outside itself or declares; names of properties are not among them. */
function* identifiers(node: SyntaxNode): Generator<string> {
  if (node.type === 'Identifier' && node.name !== undefined) yield node.name
  for (const [key, child] of Object.entries(node)) {
    if ((key === 'property' || key === 'key') && node.computed === false) continue
    for (const item of Array.isArray(child) ? child : [child])
      if (typeof item === 'object' && item !== null && 'type' in item) yield* identifiers(item as SyntaxNode)
  }
}

const foreign = (code: string) => [
  ...new Set([...identifiers(parseSync('bundle.js', code).program as unknown as SyntaxNode)].filter((name) => NOT_IN_A_BROWSER.has(name))),
]

for (const [name, entry] of [
  ['client', CLIENT],
  ['protocol', PROTOCOL],
] as const)
  test(`the ${name}, bundled for a browser, needs nothing that a browser does not have`, async (t) => {
    const { code, imports, warnings } = await bundleForBrowser(entry, 'readable')
    assert.deepEqual(imports, [])
    assert.deepEqual(warnings, [])
    assert.deepEqual(foreign(code), [])
    const { code: small } = await bundleForBrowser(entry, 'minified')
    t.diagnostic(`minified ${small.length} octets, ${gzipSync(small).length} gzipped`)
    // Room to grow by a feature, not by a dependency.
    assert.ok(small.length < 64 * 1024, `${small.length} octets`)
  })

test('the check sees what it looks for', () => {
  assert.deepEqual(foreign('const a = process.env.X; b.Buffer = 1; c = { require: 2 }; d[Buffer]'), ['process', 'Buffer'])
})
