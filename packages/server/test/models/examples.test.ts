import assert from 'node:assert/strict'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { InputInfo, TensorSpec } from '@slipway/protocol'
import sharp from 'sharp'
import { readExamples } from '../../src/models/examples.ts'
import { folderWith } from '../support/temporary-folder.ts'

const row: InputInfo = { name: 'x', datatype: 'FP32', shape: [-1, 2], symbols: ['n', null], as: { kind: 'features', names: ['a', 'b'] } }
const picture: InputInfo = {
  name: 'image',
  datatype: 'FP32',
  shape: [-1, 1, 2, 2],
  symbols: ['n', null, null, null],
  as: { kind: 'image', channels: 1, width: 2, height: 2, fit: 'contain', invert: false, layout: 'NCHW', draw: false, crop: 'none' },
}
const answer: TensorSpec = { name: 'y', datatype: 'FP32', shape: [-1], symbols: ['n'] }
const good = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] }
const png = () =>
  sharp({ create: { width: 2, height: 2, channels: 3, background: '#fff' } })
    .png()
    .toBuffer()

test('good examples are read in the order of their names', async () => {
  const folder = await folderWith({
    'examples/b.json': JSON.stringify({ request: good }),
    'examples/a.json': JSON.stringify({
      request: good,
      response: { outputs: [{ name: 'y', datatype: 'FP32', shape: [1], data: [3] }] },
      tolerance: 0.1,
    }),
    'examples/readme.md': 'x',
  })
  const { examples, warnings } = await readExamples(folder, [row], [answer])
  assert.deepEqual(warnings, [])
  assert.deepEqual(
    examples.map(({ name, tolerance, response }) => [name, tolerance, response === undefined]),
    [
      ['a', 0.1, false],
      ['b', 1e-5, true],
    ],
  )
  assert.deepEqual(examples[1]?.request, good)
})

test('no examples are no warning', async () => {
  assert.deepEqual(await readExamples(await folderWith({}), [row], [answer]), { examples: [], warnings: [] })
})

test('a picture is the body of an example for a model of pictures', async () => {
  const bytes = await png()
  const folder = await folderWith({ 'examples/7.json': '{"request":{"file":"7.png"}}', 'examples/7.png': bytes })
  const { examples } = await readExamples(folder, [picture], [answer])
  assert.equal(examples[0]?.file?.contentType, 'image/png')
  assert.deepEqual(examples[0]?.file?.bytes, bytes)
  assert.match((await readExamples(folder, [row], [answer])).warnings.join(), /only be the body for a model with one input of kind image/)
})

test('encoded pictures may stand in a request', async () => {
  const request = { inputs: [{ name: 'image', datatype: 'BYTES', shape: [1], data: ['aGk='], parameters: { content_type: 'base64' } }] }
  const folder = await folderWith({ 'examples/a.json': JSON.stringify({ request }) })
  assert.equal((await readExamples(folder, [picture], [answer])).examples.length, 1)
})

test('a bad example is a warning that says why, and the others stay', async () => {
  const tensor = good.inputs[0]
  const withInput = (change: object) => JSON.stringify({ request: { inputs: [{ ...tensor, ...change }] } })
  const cases: readonly (readonly [string, RegExp])[] = [
    ['{', /no valid JSON/],
    ['{"request":{"file":"../../../etc/passwd"}}', /must lie beside it/],
    ['{"request":{"file":"missing.png"}}', /kind image/],
    ['{"request":{"inputs":[]}}', /input "x" is missing/],
    ['{}', /request must be a V2 inference request/],
    [JSON.stringify({ request: good, tolerence: 1 }), /tolerence is not a setting; did you mean tolerance\?/],
    [withInput({ datatype: 'FP64' }), /input "x" is FP32, not "FP64"/],
    [withInput({ shape: [2] }), /has shape \[-1, 2\], not \[2\]/],
    [withInput({ data: [1] }), /needs 2 elements, got 1/],
    [JSON.stringify({ request: { inputs: [tensor, { ...tensor, name: 'z' }] } }), /no input "z"/],
    [JSON.stringify({ request: good, response: { outputs: [{ ...tensor, name: 'z' }] } }), /no output "z"/],
  ]
  for (const [text, why] of cases) {
    const folder = await folderWith({ 'examples/bad.json': text, 'examples/good.json': JSON.stringify({ request: good }) })
    const { examples, warnings } = await readExamples(folder, [row], [answer])
    assert.deepEqual(
      examples.map(({ name }) => name),
      ['good'],
      text,
    )
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] as string, why)
    assert.match(warnings[0] as string, /^example "bad\.json" is left out: /)
  }
})

test('links among the examples are not followed', async () => {
  const folder = await folderWith({
    'examples/a.json': '{"request":{"file":"a.png"}}',
    'secret.png': await png(),
    'secret.json': JSON.stringify({ request: good }),
  })
  await symlink('../secret.png', join(folder, 'examples/a.png'))
  await symlink('../secret.json', join(folder, 'examples/b.json'))
  const { examples, warnings } = await readExamples(folder, [picture], [answer])
  assert.deepEqual(examples, [])
  assert.match(warnings[0] as string, /its file "a\.png" cannot be read: symbolic link/)
  assert.match(warnings[1] as string, /it cannot be read: symbolic link/)
})
