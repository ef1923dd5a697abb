import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plainPath } from '../../src/check/external-data.ts'
import { bytesSource, type FileSource, type Folder, readOnnx } from '../../src/main.ts'
import { assertRefused } from '../support/refused.ts'
import { type TinyModel, type TinyTensor, tinyModel } from '../support/tiny-onnx.ts'

const X = { name: 'x', shape: ['N', 4] }
const Y = { name: 'y', shape: ['N', 4] }

function folderOf(files: Readonly<Record<string, FileSource>>): Folder {
  return { open: async (path) => files[path] ?? { refused: 'missing' } }
}

const WEIGHTS = folderOf({ 'w.bin': bytesSource(new Uint8Array(64)), 'sub/w.bin': bytesSource(new Uint8Array(16)) })

function outside(entries: Readonly<Record<string, string>>): TinyTensor {
  return { name: 'w', dims: [4], external: Object.entries(entries) }
}

function withInitializer(tensor: TinyTensor): Uint8Array {
  return tinyModel({ inputs: [X], outputs: [Y], nodes: [{ op: 'Add', inputs: ['x', 'w'], outputs: ['y'] }], initializers: [tensor] })
}

/** A tensor of 4 floats at this offset of w.bin. */
function at(name: string, offset: number, dims: readonly number[] = [4]): TinyTensor {
  return {
    name,
    dims,
    external: [
      ['location', './w.bin'],
      ['offset', String(offset)],
      ['checksum', 'abc'],
    ],
  }
}

test('data beside the model is found, and what is used of it is counted once', async () => {
  const bytes = tinyModel({
    inputs: [X],
    outputs: [Y],
    nodes: [{ op: 'Sum', inputs: ['x', 'w', 'v'], outputs: ['y'] }],
    initializers: [at('w', 0, [8]), at('v', 8), at('u', 24), at('inside', 28, [1]), at('far', 60, [1])],
  })
  const model = await readOnnx(bytesSource(bytes), WEIGHTS)
  assert.deepEqual(model.externalFiles, [{ path: 'w.bin', bytes: 44 }])
  assert.equal(model.sizeBytes, bytes.byteLength + 44)
  assert.equal(model.parameters, 18)
})

const HOSTILE_LOCATIONS = [
  ['/etc/passwd', /absolute/],
  ['//host/share', /absolute/],
  ['C:/weights.bin', /absolute/],
  ['c:weights.bin', /absolute/],
  ['..', /leaves/],
  ['../w.bin', /leaves/],
  ['a/../../w.bin', /leaves/],
  ['a/..', /leaves/],
  ['./../w.bin', /leaves/],
  ['.', /leaves/],
  ['a\\..\\..\\w.bin', /plain path/],
  ['\\\\host\\share', /plain path/],
  ['w.bin\0.txt', /plain path/],
  ['w\n.bin', /plain path/],
  ['sub/', /absolute or no file/],
  ['', /no location/],
  ['*/_ORT_MEM_ADDR_/*', /memory/],
  ['x_ORT_MEM_ADDR_y', /memory/],
  ['nowhere.bin', /missing/],
] as const
for (const [location, says] of HOSTILE_LOCATIONS)
  test(`external data at ${JSON.stringify(location)} is refused`, () =>
    assertRefused(withInitializer(outside({ location })), says, { folder: WEIGHTS }))

test('no location that is accepted has a part that leads elsewhere', () => {
  const part = fc.constantFrom('..', '.', '', 'a', 'b.bin', '...', ' ', 'C:', '\\', '\0', '~')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      let path: string
      try {
        path = plainPath(parts.join('/'), 'data')
      } catch {
        return
      }
      for (const name of path.split('/')) assert.ok(!['..', '.', ''].includes(name) && !/[\\\0]/.test(name), path)
    }),
    { numRuns: 2000 },
  )
})

const BAD_STRETCHES: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
  [{ offset: '49' }, /bytes 49 to 65 are past the end.*64/],
  [{ offset: '-1' }, /offset is "-1"/],
  [{ offset: '1.5' }, /whole number/],
  [{ offset: '0x10' }, /whole number/],
  [{ offset: String(2 ** 50) }, /past the end/],
  [{ offset: '99999999999999999999' }, /whole number/],
  [{ offset: '' }, /whole number/],
  [{ length: '17' }, /length is 17, but shape \[4\] takes 16/],
  [{ length: '0' }, /length is 0/],
  [{ length: String(2 ** 50) }, /takes 16/],
  [{ basepath: '/etc' }, /key "basepath" is not known/],
  [{ __proto__x: '1' }, /not known/],
]
for (const [entries, says] of BAD_STRETCHES)
  test(`external data with ${JSON.stringify(entries)} is refused`, () =>
    assertRefused(withInitializer(outside({ location: 'w.bin', ...entries })), says, { folder: WEIGHTS }))

test('a key of external data that is given twice is refused', () =>
  assertRefused(
    withInitializer({
      name: 'w',
      dims: [4],
      external: [
        ['location', 'w.bin'],
        ['location', '/etc/passwd'],
      ],
    }),
    /given twice/,
    { folder: WEIGHTS },
  ))

test('a hard link is refused, and so is what the folder refuses', async () => {
  const linked = folderOf({ 'w.bin': { ...bytesSource(new Uint8Array(64)), links: 2 } })
  await assertRefused(withInitializer(outside({ location: 'w.bin' })), /hard link/, { folder: linked })
  const symbolic: Folder = { open: async () => ({ refused: 'symbolic link' }) }
  await assertRefused(withInitializer(outside({ location: 'w.bin' })), /symbolic link/, { folder: symbolic })
})

test('text and tensors with data inside as well cannot lie outside', async () => {
  await assertRefused(withInitializer({ ...outside({ location: 'w.bin' }), elemType: 8 }), /text/, { folder: WEIGHTS })
  await assertRefused(withInitializer({ ...outside({ location: 'w.bin' }), raw: new Uint8Array(16) }), /inside the file and outside/, {
    folder: WEIGHTS,
  })
})

test('more files than the limit are refused', () => {
  const initializers = [0, 1, 2].map((index) => ({ name: `w${index}`, dims: [4], external: [['location', `${index}.bin`]] as const }))
  const every: Folder = { open: async () => bytesSource(new Uint8Array(16)) }
  return assertRefused(tinyModel({ inputs: [X], outputs: [{ ...X }], initializers }), /more than 2 files/, {
    folder: every,
    externalFiles: 2,
  })
})

const hostile = outside({ location: '../w.bin' })
const subgraph = { outputs: [{ name: 'w', shape: [4] }], initializers: [hostile] }
const PLACES: Readonly<Record<string, TinyModel>> = {
  'a sparse initializer': { sparseInitializers: [hostile] },
  'an attribute': { nodes: [{ op: 'Constant', outputs: ['w'], attributes: { value: { tensor: hostile } } }] },
  'a sparse attribute': { nodes: [{ op: 'Constant', outputs: ['w'], attributes: { sparse_value: { sparse: hostile } } }] },
  'a subgraph': { nodes: [{ op: 'If', inputs: ['c'], outputs: ['w'], attributes: { then_branch: { graph: subgraph } } }] },
  'a function': {
    functions: [
      {
        name: 'f',
        domain: 'own',
        inputs: [],
        outputs: ['w'],
        nodes: [{ op: 'Constant', outputs: ['w'], attributes: { value: { tensor: hostile } } }],
      },
    ],
  },
}
for (const [place, part] of Object.entries(PLACES))
  test(`external data outside the folder is refused in ${place}`, () =>
    assertRefused(tinyModel({ inputs: [X], outputs: [{ ...X }], ...part }), /leaves the model's folder/, { folder: WEIGHTS }))
