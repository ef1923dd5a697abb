/** package.json of a package as it is published: compiled files instead of sources. */

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly type: 'module'
  readonly exports: Readonly<Record<string, unknown>>
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly [key: string]: unknown
}

/** `./src/main.ts` as its compiled module and its types. */
function published(entry: unknown): unknown {
  const inside = typeof entry === 'string' ? entry.match(/^\.\/src\/(.+)\.ts$/)?.[1] : undefined
  return inside === undefined ? entry : { types: `./dist/${inside}.d.ts`, default: `./dist/${inside}.js` }
}

/** The packages that bring Node itself: a command that runs on Node 20 finds its newer Node beside it. */
function nodePackages(root: Manifest): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(root.optionalDependencies ?? {}).filter(([name]) => name.startsWith('node-')))
}

/** The published form of a package's manifest. `root`: the repository's own. */
export function publishedManifest(source: Manifest, root: Manifest): Manifest {
  const { scripts: _scripts, devDependencies: _devDependencies, ...kept } = source
  const entries = Object.entries(source.exports).map(([name, entry]) => [name, published(entry)])
  return {
    ...kept,
    ...(source.bin === undefined ? {} : { optionalDependencies: { ...source.optionalDependencies, ...nodePackages(root) } }),
    exports: Object.fromEntries(entries),
    files: ['dist', 'bin', 'ui', 'proto', 'python', 'report'],
  }
}
