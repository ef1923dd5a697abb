/** The house rules as tables: what docs/architecture.md says in words. */

/** Folders of packages/server/src by storey: a file imports its own folder and lower storeys. */
export const STOREYS: readonly (readonly string[])[] = [
  ['base'],
  ['observe'],
  ['config'],
  ['stores', 'runtimes', 'environments', 'transforms', 'http'],
  ['models', 'replicas'],
  ['serving'],
  ['dialects', 'rollouts', 'jobs', 'generators'],
  ['api', 'bench', 'tune', 'convert'],
  ['app'],
  ['cli'],
]

/** Packages that a package may import, through their public entry. `node`: it may use Node's own modules and packages of the registry. */
export const PACKAGES: Readonly<Record<string, { readonly imports: readonly string[]; readonly node: 'node' | 'anywhere' | 'browser' }>> = {
  protocol: { imports: [], node: 'anywhere' },
  onnx: { imports: ['@slipway/protocol'], node: 'anywhere' },
  client: { imports: ['@slipway/protocol'], node: 'anywhere' },
  ui: { imports: ['@slipway/client'], node: 'browser' },
  server: { imports: ['@slipway/protocol', '@slipway/onnx', '@slipway/client'], node: 'node' },
}

export interface Room {
  /** What may be done only there, as it reads in a sentence. */
  readonly what: string
  readonly uses?: readonly string[]
  readonly imports?: readonly string[]
  readonly only: RegExp
}

/** Things done in one room of packages/server/src only. setImmediate waits for no time and needs no clock. */
export const ROOMS: readonly Room[] = [
  { what: 'reading the environment', uses: ['process.env'], only: /^config\/load\.ts$/ },
  // A worker and a load generator are programs of their own: their standard output is their line to who started them.
  {
    what: 'writing to the console',
    uses: ['console', 'process.stdout', 'process.stderr'],
    only: /^(cli\/output|observe\/logger|replicas\/worker|bench\/generate)\.ts$/,
  },
  { what: 'using onnxruntime-node', imports: ['onnxruntime-node'], only: /^runtimes\// },
  {
    // What a load test asks with stands on the other side of HTTP/2.
    what: 'serving HTTP',
    uses: ['Bun.serve'],
    imports: ['node:http', 'node:https', 'node:http2', 'http', 'https', 'http2'],
    only: /^(http\/server-[^/]+|bench\/grpc-connection)\.ts$/,
  },
  {
    what: 'asking for the time or a timer',
    uses: ['setTimeout', 'setInterval', 'Date.now', 'new Date()', 'performance.now', 'process.hrtime', 'AbortSignal.timeout'],
    imports: ['node:timers', 'node:timers/promises', 'timers', 'timers/promises'],
    only: /^base\/clock\.ts$/,
  },
  {
    what: 'starting processes',
    imports: ['node:child_process', 'node:cluster', 'child_process', 'cluster'],
    only: /^base\/process\.ts$/,
  },
]

export interface Family {
  readonly folder: string
  /** Files of the folder that are no members: the contract, and what all members share. */
  readonly shared: RegExp
  /** The files that name members. */
  readonly namedIn: RegExp
}

/** A member is a leaf; `onnx-tensors.ts` beside `onnx.ts` is a part of it and known to it alone. */
export const FAMILIES: readonly Family[] = [
  { folder: 'runtimes', shared: /^(runtime|catalog|libraries)\.ts$/, namedIn: /^runtimes\/catalog\.ts$/ },
  { folder: 'transforms', shared: /^(transform|catalog)\.ts$/, namedIn: /^transforms\/catalog\.ts$/ },
  { folder: 'stores/records', shared: /^records\.ts$/, namedIn: /^stores\/catalog\.ts$/ },
  { folder: 'stores/artifacts', shared: /^artifacts\.ts$/, namedIn: /^stores\/catalog\.ts$/ },
  { folder: 'replicas', shared: /^(?!(process|inline)(-|\.ts$))/, namedIn: /^app\/(compose|doors)\.ts$/ },
  { folder: 'http', shared: /^(?!server-)/, namedIn: /^app\/(compose|doors)\.ts$/ },
  { folder: 'serving/layers', shared: /^layer\.ts$/, namedIn: /^serving\/answering\.ts$/ },
  { folder: 'dialects', shared: /^(dialect|invocations)\.ts$/, namedIn: /^app\/(compose|doors)\.ts$/ },
  { folder: 'jobs/kinds', shared: /^$/, namedIn: /^app\/compose\.ts$/ },
  { folder: 'generators', shared: /^(generator|catalog)\.ts$/, namedIn: /^generators\/catalog\.ts$/ },
  { folder: 'cli/commands', shared: /^$/, namedIn: /^cli\/catalog\.ts$/ },
]

export const MOST_LINES = 400
/** Files that a program writes, which may be longer. */
export const GENERATED: readonly string[] = []
/** Names that say nothing; the last word of `tensor-utils` counts too. */
export const EMPTY_NAMES: readonly string[] = ['utils', 'util', 'helpers', 'helper', 'common', 'misc', 'manager', 'processor']
/** Names that gather what belongs apart, banned only as the whole name. */
export const DRAWERS: readonly string[] = ['types', 'index']
