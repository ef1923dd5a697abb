/** Whatever happens to a file, it is read or refused with a sentence, soon; nothing else is ever thrown. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ServeError } from '@slipway/protocol'
import fc from 'fast-check'
import { bytesSource, type Folder, readOnnx } from '../src/main.ts'
import { mapType, optionalType, sequenceType, type TinyModel, tensorType, tinyModel } from './support/tiny-onnx.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const X = { name: 'x', elemType: 16, shape: ['N', 2] }
const branch = { nodes: [{ op: 'Cast', inputs: ['x'], outputs: ['b'], attributes: { to: { int: 1 } } }], outputs: [{ name: 'b' }] }

/** All that is rewritten, in one small file. */
const everything: TinyModel = {
  inputs: [X, { name: 's', shape: ['N', 2] }, { name: 't', elemType: 8, shape: ['N'] }, { name: 'd', elemType: 6, shape: [2] }],
  outputs: [
    { name: 'y', elemType: 16, shape: ['N', 2] },
    { name: 'p', type: sequenceType(mapType(8, tensorType({ shape: [] }))) },
    { name: 'q', type: sequenceType(tensorType({ shape: ['N', 2] })) },
    { name: 'o', type: optionalType(tensorType({ shape: ['N', 2] })) },
    { name: 'l', elemType: 8, shape: ['N'] },
  ],
  nodes: [
    { op: 'Identity', inputs: ['x'], outputs: ['y'] },
    { op: 'ZipMap', domain: 'ai.onnx.ml', inputs: ['s'], outputs: ['p'], attributes: { classlabels_strings: { texts: ['a', 'b'] } } },
    { op: 'SequenceConstruct', inputs: ['s', 's'], outputs: ['q'] },
    { op: 'Optional', inputs: ['s'], outputs: ['o'] },
    { op: 'StringNormalizer', inputs: ['t'], outputs: ['l'] },
    { op: 'If', inputs: ['c'], outputs: ['z'], attributes: { then_branch: { graph: branch }, else_branch: { graph: branch } } },
    { op: 'f', domain: 'own', inputs: ['s'], outputs: ['g'] },
  ],
  initializers: [
    { name: 'd', elemType: 6, dims: [2], int32s: [1, 2] },
    { name: 'c', elemType: 9, dims: [], raw: Uint8Array.of(1) },
    {
      name: 'w',
      dims: [4],
      external: [
        ['location', 'w.bin'],
        ['offset', '0'],
        ['length', '16'],
      ],
    },
  ],
  functions: [{ name: 'f', domain: 'own', inputs: ['a'], outputs: ['b'], nodes: [{ op: 'Relu', inputs: ['a'], outputs: ['b'] }] }],
  opsets: { 'ai.onnx.ml': 3, own: 1 },
  irVersion: 14,
  metadata: { k: 'v' },
}
const { functions: _, nodes = [], ...plain } = everything
/** The same on a newer opset, which is lowered only in files without functions. */
const NEWER: TinyModel = { ...plain, opset: 27, nodes: nodes.filter(({ domain }) => domain !== 'own') }

const SEEDS = [
  tinyModel(everything),
  tinyModel(NEWER),
  ...readdirSync(FIXTURES)
    .filter((file) => file.endsWith('.onnx'))
    .map((file) => new Uint8Array(readFileSync(join(FIXTURES, file)))),
]
const folder: Folder = { open: async () => bytesSource(new Uint8Array(1024)) }
/** A file of these sizes is read in a millisecond; a thousand times that is a hang. */
const SLOW_MS = 2000

async function readOrRefuse(bytes: Uint8Array): Promise<'read' | 'refused'> {
  const started = performance.now()
  try {
    const { rewritten } = await readOnnx(bytesSource(bytes), folder, { textLocale: 'C' })
    // What was written must be sound as well, and need no second rewrite.
    if (rewritten !== undefined) assert.deepEqual((await readOnnx(bytesSource(rewritten), folder, { textLocale: 'C' })).rewrites, [])
    return 'read'
  } catch (error) {
    assert.ok(error instanceof ServeError && error.code === 'INVALID_ARGUMENT', `${(error as Error).stack}`)
    return 'refused'
  } finally {
    assert.ok(performance.now() - started < SLOW_MS, 'took too long')
  }
}

test('every sound file among the seeds is read', async () => {
  for (const seed of SEEDS) assert.equal(await readOrRefuse(seed), 'read')
})

test('a file cut at any byte is read or refused, and refused wherever its graph is cut', async () => {
  for (const seed of SEEDS.filter(({ byteLength }) => byteLength < 1200))
    for (let length = 0; length < seed.byteLength; length++) {
      const outcome = await readOrRefuse(seed.subarray(0, length))
      if (length < seed.byteLength / 2) assert.equal(outcome, 'refused', `cut at ${length}`)
    }
})

test('2000 files with changed, doubled, removed or exchanged bytes are read or refused', async () => {
  const change = fc.record({
    seed: fc.nat(SEEDS.length - 1),
    edits: fc.array(
      fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom('set', 'flip', 'insert', 'remove', 'double', 'cut') }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  const seen = { read: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(change, async ({ seed, edits }) => {
      let bytes = Array.from(SEEDS[seed] as Uint8Array)
      for (const { at, byte, kind } of edits) {
        const index = bytes.length === 0 ? 0 : at % bytes.length
        if (kind === 'set') bytes[index] = byte
        else if (kind === 'flip') bytes[index] = (bytes[index] ?? 0) ^ (1 << (byte & 7))
        else if (kind === 'insert') bytes.splice(index, 0, byte)
        else if (kind === 'remove') bytes.splice(index, 1 + (byte & 15))
        else if (kind === 'double') bytes.splice(index, 0, ...bytes.slice(index, index + byte))
        else bytes = bytes.slice(0, index)
      }
      seen[await readOrRefuse(Uint8Array.from(bytes))]++
    }),
    { numRuns: 2000 },
  )
  // About one file in twenty stays sound, give or take ten of these; far fewer would mean that only refusals are tried.
  assert.ok(seen.read > 40 && seen.refused > 1000, JSON.stringify(seen))
})

test('random bytes are refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => assert.equal(await readOrRefuse(bytes), 'refused')),
    { numRuns: 500 },
  )
})

test('hostile files that are small but would grow large are refused soon', async () => {
  const nodes = new Uint8Array(2 * 1_000_001).map((_, index) => (index % 2 === 0 ? 0x0a : 0))
  const graph = [
    0x3a,
    ...[
      (nodes.byteLength & 0x7f) | 0x80,
      ((nodes.byteLength >> 7) & 0x7f) | 0x80,
      ((nodes.byteLength >> 14) & 0x7f) | 0x80,
      nodes.byteLength >> 21,
    ],
  ]
  const many = new Uint8Array([0x08, 8, ...graph, ...nodes])
  await assert.rejects(readOnnx(bytesSource(many), folder), /more than 1000000 nodes/)
})

test('graphs inside graphs are refused past sixteen deep', async () => {
  const nested = (depth: number): Parameters<typeof tinyModel>[0] =>
    depth === 0 ? {} : { nodes: [{ op: 'If', inputs: ['c'], outputs: ['y'], attributes: { then_branch: { graph: nested(depth - 1) } } }] }
  const x = { name: 'x', shape: ['N'] }
  const modelOf = (depth: number) => bytesSource(tinyModel({ inputs: [x], outputs: [x], ...nested(depth) }))
  await readOnnx(modelOf(16), folder)
  await assert.rejects(readOnnx(modelOf(17), folder), /more than 16 deep/)
  await assert.rejects(readOnnx(modelOf(500), folder), /more than 16 deep/)
})
