/** Model packages that must be refused, each with the words of its refusal; written beside good ones into one repository. */
import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TinyFunction, type TinyGraph, type TinyTensor, tinyModel } from '../../../../onnx/test/support/tiny-onnx.ts'
import { FIXTURES } from './slipway-process.ts'

export interface HostilePackage {
  /** Its folder in the repository. */
  readonly name: string
  /** Why it is refused, as the API and the log say it. */
  readonly says: RegExp
  /** Puts its files into the folder, which is there. `outside` is a folder beside the repository that holds `secret.bin`. */
  write(folder: string, outside: string): void
}

const X = { name: 'x', shape: ['N', 4] }
const Y = { name: 'y', shape: ['N', 4] }

/** Adds `w`, of four numbers, to each row. */
const adding = (w: Omit<TinyTensor, 'name'>): Uint8Array =>
  tinyModel({ inputs: [X], outputs: [Y], nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }], initializers: [{ name: 'w', ...w }] })
const outsideData = (location: string, entries: readonly (readonly [string, string])[] = []): Uint8Array =>
  adding({ dims: [4], external: [['location', location], ...entries] })

const calling = (name: string, called: string): TinyFunction => ({
  name,
  domain: 'own',
  inputs: ['a'],
  outputs: ['b'],
  nodes: [{ op: called, domain: 'own', inputs: ['a'], outputs: ['b'] }],
})
const recursive = (...functions: readonly TinyFunction[]): Uint8Array =>
  tinyModel({
    inputs: [X],
    outputs: [Y],
    nodes: [{ op: 'f', domain: 'own', inputs: ['x'], outputs: ['y'] }],
    functions,
    opsets: { own: 1 },
  })

/** `levels` branches inside one another. */
function nestedIf(levels: number): TinyGraph {
  if (levels === 0) return { nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['b0'] }], outputs: [{ name: 'b0' }] }
  const attributes = { then_branch: { graph: nestedIf(levels - 1) }, else_branch: { graph: nestedIf(0) } }
  const name = `b${levels}`
  return {
    nodes: [{ op: 'If', inputs: ['yes'], outputs: [name], attributes }],
    outputs: [{ name }],
  }
}

const ECHO = readFileSync(join(FIXTURES, 'echo.onnx'))

/** A package of version 1 with these files, by their path in the version's folder. */
function files(name: string, says: RegExp, contents: Readonly<Record<string, Uint8Array | string>>): HostilePackage {
  return {
    name,
    says,
    write: (folder) => {
      for (const [path, bytes] of Object.entries(contents)) {
        mkdirSync(dirname(join(folder, '1', path)), { recursive: true })
        writeFileSync(join(folder, '1', path), bytes)
      }
    },
  }
}
const model = (name: string, says: RegExp, bytes: Uint8Array | string) => files(name, says, { 'model.onnx': bytes })

/** A good model whose manifest is not. */
function manifest(name: string, says: RegExp, text: string | ((path: string) => void)): HostilePackage {
  const good = model(name, says, ECHO)
  return {
    ...good,
    write: (folder, outside) => {
      good.write(folder, outside)
      if (typeof text === 'string') writeFileSync(join(folder, 'model.yaml'), text)
      else text(join(folder, 'model.yaml'))
    },
  }
}

/** A model whose weights are made by `make` in its folder, from a file outside of it. */
function linked(name: string, says: RegExp, make: (secret: string, target: string) => void): HostilePackage {
  return {
    name,
    says,
    write: (folder, outside) => {
      mkdirSync(join(folder, '1'))
      writeFileSync(join(folder, '1', 'model.onnx'), outsideData('w.bin'))
      make(join(outside, 'secret.bin'), join(folder, '1', 'w.bin'))
    },
  }
}

const INT32 = 6
const INT64 = 7
const BOOL = 9
const SMALLEST = -(2 ** 31)

/** The smallest number divided by -1: the processor's own exception, of which the runtime dies when it folds constants. */
const crashing = tinyModel({
  inputs: [{ name: 'x', elemType: INT32, shape: [1] }],
  outputs: [{ name: 'y', elemType: INT32, shape: [1] }],
  nodes: [
    { op: 'Div', inputs: ['least', 'minus'], outputs: ['q'] },
    { op: 'Add', inputs: ['x', 'q'], outputs: ['y'] },
  ],
  initializers: [
    { name: 'least', elemType: INT32, dims: [1], raw: new Uint8Array(Int32Array.of(SMALLEST).buffer) },
    { name: 'minus', elemType: INT32, dims: [1], raw: new Uint8Array(Int32Array.of(-1).buffer) },
  ],
})

/** Counts to 10^12 whatever it is asked. */
export const endlessModel = tinyModel({
  inputs: [{ name: 'x', elemType: INT64, shape: [1] }],
  outputs: [{ name: 'y', elemType: INT64, shape: [1] }],
  nodes: [
    {
      op: 'Loop',
      inputs: ['trips', '', 'x'],
      outputs: ['y'],
      attributes: {
        body: {
          graph: {
            inputs: [
              { name: 'turn', elemType: INT64, shape: [] },
              { name: 'going', elemType: BOOL, shape: [] },
              { name: 'count', elemType: INT64, shape: [1] },
            ],
            outputs: [
              { name: 'still', elemType: BOOL, shape: [] },
              { name: 'next', elemType: INT64, shape: [1] },
            ],
            nodes: [
              { op: 'Identity', inputs: ['going'], outputs: ['still'] },
              { op: 'Add', inputs: ['count', 'one'], outputs: ['next'] },
            ],
          },
        },
      },
    },
  ],
  initializers: [
    { name: 'trips', elemType: INT64, dims: [], int64s: [1_000_000_000_000] },
    { name: 'one', elemType: INT64, dims: [1], int64s: [1] },
  ],
})

const ALIASES = `description: &a x\n${'bcdefghi'
  .split('')
  .map((letter, at) => `${letter}: &${letter} [${Array(10).fill(`*${'abcdefgh'[at]}`)}]`)
  .join('\n')}\n`

export const HOSTILE: readonly HostilePackage[] = [
  model('empty', /empty/, ''),
  model('text', /damaged or no ONNX model/, 'this is no model at all'),
  model('page', /web page/, '<!DOCTYPE html><html></html>'),
  model('pickle', /Python pickle/, Buffer.from('\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c', 'latin1')),
  model('ort-format', /ORT format/, Buffer.from('\x20\0\0\0ORTM\0\0\0\0', 'latin1')),
  model('cut-short', /cut|damaged|end/, ECHO.subarray(0, ECHO.length - 10)),
  model(
    'random',
    /./,
    Uint8Array.from({ length: 4096 }, (_, at) => (at * 7919 + 13) % 251),
  ),
  model(
    'unknown-operator',
    /No Op registered for Nonsense/,
    tinyModel({ inputs: [X], outputs: [Y], nodes: [{ op: 'Nonsense', inputs: ['x'], outputs: ['y'] }] }),
  ),
  model(
    'unknown-domain',
    /domain "evil"/,
    tinyModel({ inputs: [X], outputs: [Y], opsets: { evil: 1 }, nodes: [{ op: 'Do', domain: 'evil', inputs: ['x'], outputs: ['y'] }] }),
  ),
  model(
    'compiled',
    /EPContext/,
    tinyModel({ inputs: [X], outputs: [Y], nodes: [{ op: 'EPContext', domain: 'com.microsoft', inputs: ['x'], outputs: ['y'] }] }),
  ),
  model(
    'newer',
    /opset 999/,
    tinyModel({ opset: 999, inputs: [X], outputs: [Y], nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }] }),
  ),
  model('recursive', /"f" calls itself/, recursive(calling('f', 'f'))),
  model('recursive-ring', /calls itself/, recursive(calling('f', 'g'), calling('g', 'f'))),
  model(
    'nested',
    /16|deep/,
    tinyModel({ inputs: [X, { name: 'yes', elemType: BOOL, shape: [] }], outputs: [{ name: 'b40' }], nodes: nestedIf(40).nodes ?? [] }),
  ),
  model('too-little-data', /needs 16 bytes and holds 4/, adding({ dims: [4], raw: new Uint8Array(4) })),
  model('endless-shape', /more than can be counted|needs/, adding({ dims: [2 ** 50, 2 ** 50], raw: new Uint8Array(4) })),
  model('data-absolute', /absolute/, outsideData('/etc/passwd')),
  model('data-above', /leaves the model's folder/, outsideData('../../../outside/secret.bin')),
  model('data-above-hidden', /leaves the model's folder/, outsideData('sub/../../secret.bin')),
  model('data-in-memory', /memory/, outsideData('*/_ORT_MEM_ADDR_/*', [['offset', '140737488355328']])),
  model('data-missing', /missing/, outsideData('nowhere.bin')),
  model('data-key', /key "basepath" is not known/, outsideData('w.bin', [['basepath', '/etc']])),
  files('data-past-end', /past the end/, { 'model.onnx': outsideData('w.bin', [['offset', '1']]), 'w.bin': new Uint8Array(16) }),
  files('data-huge', /past the end|takes 16/, {
    'model.onnx': outsideData('w.bin', [['length', String(2 ** 50)]]),
    'w.bin': new Uint8Array(16),
  }),
  linked('data-symlink', /symbolic link/, (secret, target) => symlinkSync(secret, target)),
  linked('data-hardlink', /hard link/, (secret, target) => linkSync(secret, target)),
  linked('data-folder', /a folder/, (_, target) => mkdirSync(target)),
  linked('data-pipe', /no regular file/, (_, target) => void execFileSync('mkfifo', [target])),
  {
    name: 'model-symlink',
    says: /symbolic link/,
    write: (folder) => {
      mkdirSync(join(folder, '1'))
      symlinkSync(join(FIXTURES, 'echo.onnx'), join(folder, '1', 'model.onnx'))
    },
  },
  {
    name: 'model-pipe',
    says: /no regular file/,
    write: (folder) => {
      mkdirSync(join(folder, '1'))
      execFileSync('mkfifo', [join(folder, '1', 'model.onnx')])
    },
  },
  manifest('manifest-typo', /line 1.*"?tsak"?.*did you mean "?task/s, 'tsak: raw\n'),
  manifest('manifest-broken', /model\.yaml, line 2 is no valid YAML/, 'task: [raw\n: : :\n'),
  manifest('manifest-tag', /./, 'description: !!js/function "function () { process.exit() }"\nlimits: 7\n'),
  manifest('manifest-prototype', /__proto__/, '__proto__: { polluted: true }\n'),
  manifest('manifest-aliases', /aliases|Unrecognized|not known|line/, ALIASES),
  manifest('manifest-large', /larger than 1000000 bytes/, (path) => {
    writeFileSync(path, 'task: raw\n')
    truncateSync(path, 100_000_000)
  }),
  manifest('manifest-not-utf8', /./, (path) => writeFileSync(path, Buffer.from('task: \xff\xfe\n', 'latin1'))),
  manifest('manifest-symlink', /symbolic link/, (path) => symlinkSync('/etc/passwd', path)),
  model('crashes-at-load', /SIGFPE/, crashing),
  model('never-ends', /limits\.runMs/, endlessModel),
]
