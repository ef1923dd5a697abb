/** What the walls need to know of one source file, read from its syntax tree. */
import { posix } from 'node:path'
import { parseSync } from 'oxc-parser'

export interface SourceFile {
  /** From the repository's folder, with forward slashes: `packages/server/src/base/clock.ts`. */
  readonly path: string
  readonly text: string
}

export interface Found {
  readonly name: string
  readonly line: number
}

export interface ParsedFile {
  readonly path: string
  /** `server` of `packages/server/src/base/clock.ts`. */
  readonly package: string
  /** `base/clock.ts` of it. */
  readonly inside: string
  readonly lines: number
  /** Specifiers of imports, re-exports, dynamic imports and type imports. */
  readonly imports: readonly Found[]
  /** Globals and their members that the file touches: `process.env`, `console`, `new Date()`. */
  readonly uses: readonly Found[]
  readonly defaultExports: readonly Found[]
}

interface Node {
  readonly type: string
  readonly start: number
  readonly [key: string]: unknown
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
const nameOf = (value: unknown): string | undefined => (isNode(value) && value.type === 'Identifier' ? (value.name as string) : undefined)
const textOf = (value: unknown): string | undefined =>
  isNode(value) && value.type === 'Literal' && typeof value.value === 'string' ? value.value : undefined

function specifierOf(node: Node): string | undefined {
  const from = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration', 'ImportExpression', 'TSImportType']
  return from.includes(node.type) ? textOf(node.source) : undefined
}

/** `process.env` of a member expression, whichever way it is written; `globalThis.x` is x. */
function memberName(node: Node): string | undefined {
  if (node.type !== 'MemberExpression') return undefined
  const object = nameOf(node.object)
  const property = node.computed === true ? textOf(node.property) : nameOf(node.property)
  if (property === undefined) return undefined
  const inner = isNode(node.object) ? memberName(node.object) : undefined
  if (object === 'globalThis') return property
  const outer = object ?? (inner !== undefined && isNode(node.object) && nameOf(node.object.object) === 'globalThis' ? inner : undefined)
  return outer === undefined ? undefined : `${outer}.${property}`
}

/** The members that `const { env } = process` and `import { env } from 'node:process'` take. */
function takenMembers(node: Node): readonly string[] {
  if (node.type === 'ImportDeclaration' && textOf(node.source) === 'node:process')
    return (node.specifiers as Node[]).flatMap((each) => nameOf(each.imported) ?? []).map((name) => `process.${name}`)
  const object = node.type === 'VariableDeclarator' ? nameOf(node.init) : undefined
  if (object === undefined || !isNode(node.id) || node.id.type !== 'ObjectPattern') return []
  return (node.id.properties as Node[]).flatMap((each) => nameOf(each.key) ?? []).map((name) => `${object}.${name}`)
}

/** Children that can hold a reference: a property's plain name is none. */
function childrenOf(node: Node): readonly unknown[] {
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === 'property' && node.type === 'MemberExpression' && node.computed !== true) return []
    if (key === 'key' && node.computed !== true) return []
    return Array.isArray(value) ? value : [value]
  })
}

function usesOf(node: Node): readonly string[] {
  if (node.type === 'NewExpression' && nameOf(node.callee) === 'Date' && (node.arguments as unknown[]).length === 0) return ['new Date()']
  const name = memberName(node) ?? nameOf(node)
  return name === undefined ? takenMembers(node) : [name]
}

/** Parses one file; throws when it is no TypeScript. */
export function parseFile({ path, text }: SourceFile): ParsedFile {
  const { program, errors } = parseSync(path, text)
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`)
  const found = { imports: [] as Found[], uses: [] as Found[], defaultExports: [] as Found[] }
  const visit = (value: unknown): void => {
    if (!isNode(value)) return
    const line = () => text.slice(0, value.start).split('\n').length
    const specifier = specifierOf(value)
    if (specifier !== undefined) found.imports.push({ name: specifier, line: line() })
    for (const name of usesOf(value)) found.uses.push({ name, line: line() })
    if (value.type === 'ExportDefaultDeclaration') found.defaultExports.push({ name: 'default', line: line() })
    for (const child of childrenOf(value)) visit(child)
  }
  visit(program)
  const [, owner = '', inside = path] = path.match(/^packages\/([^/]+)\/src\/(.+)$/) ?? []
  return { path, package: owner, inside, lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0), ...found }
}

/** The path that a relative specifier leads to, or undefined for a package's name. */
export function targetOf(file: ParsedFile, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : undefined
}
