import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InputInfo } from '@slipway/client'
import { compose, wholeRequest } from '../../src/call/compose.ts'
import { blankForm, type Draft, type Form, withCell, withDraft } from '../../src/form/form.ts'
import { featuresInput, imageInput, tensorInput, textInput } from '../support/inputs.ts'

const formOf = (inputs: readonly InputInfo[], drafts: Record<string, Draft> = {}): Form =>
  Object.entries(drafts).reduce((form, [name, draft]) => withDraft(form, name, draft), blankForm(inputs))

async function bodyOf(inputs: readonly InputInfo[], form: Form): Promise<unknown> {
  const composed = await compose({ name: 'm', inputs }, form)
  assert.ok('call' in composed, JSON.stringify(composed))
  return composed.call.body
}

async function problemsOf(inputs: readonly InputInfo[], form: Form): Promise<readonly string[]> {
  const composed = await compose({ name: 'm', inputs }, form)
  return 'problems' in composed ? composed.problems.map(({ kind, message }) => `${kind}: ${message}`) : []
}

test('a form of numbers is sent as nested rows', async () => {
  const inputs = [featuresInput('X', ['a', 'b'])]
  const form = withCell(formOf(inputs), { row: 0, column: 1 }, '2.5')
  assert.equal(await bodyOf(inputs, form), '{"inputs":{"X":[[0,2.5]]}}')
})

test('a text is one row, or each of its lines is', async () => {
  const inputs = [textInput('text', [-1, 1])]
  assert.equal(
    await bodyOf(inputs, formOf(inputs, { text: { kind: 'text', text: 'a\nb', lines: 'one' } })),
    '{"inputs":{"text":[["a\\nb"]]}}',
  )
  assert.equal(
    await bodyOf(inputs, formOf(inputs, { text: { kind: 'text', text: 'a\n\nb', lines: 'each' } })),
    '{"inputs":{"text":[["a"],["b"]]}}',
  )
})

test('the only picture of a model is the body itself', async () => {
  const inputs = [imageInput('image')]
  const blob = new Blob(['png'], { type: 'image/png' })
  assert.equal(await bodyOf(inputs, formOf(inputs, { image: { kind: 'image', picture: { source: 'drawing', blob } } })), blob)
})

test('a picture beside other inputs is base64 in the JSON', async () => {
  const inputs = [imageInput('image'), textInput('text', [-1])]
  const blob = new Blob(['png'], { type: 'image/png' })
  const form = formOf(inputs, {
    image: { kind: 'image', picture: { source: 'drawing', blob } },
    text: { kind: 'text', text: 'hi', lines: 'one' },
  })
  assert.equal(await bodyOf(inputs, form), '{"inputs":{"image":[{"b64":"cG5n"}],"text":["hi"]}}')
})

test('typed JSON keeps integers that a number would round', async () => {
  const inputs = [tensorInput('x', 'INT64', [1])]
  assert.equal(
    await bodyOf(inputs, formOf(inputs, { x: { kind: 'tensor', json: '[ 9007199254740993 ]' } })),
    '{"inputs":{"x":[9007199254740993]}}',
  )
})

test('an optional input that is left empty is left out', async () => {
  const inputs = [tensorInput('x', 'FP32', [1]), { ...tensorInput('w', 'FP32', [1]), optional: true }]
  assert.equal(await bodyOf(inputs, formOf(inputs)), '{"inputs":{"x":[0]}}')
  assert.equal(await bodyOf(inputs, formOf(inputs, { w: { kind: 'tensor', json: ' ' } })), '{"inputs":{"x":[0]}}')
  assert.equal(await bodyOf(inputs, formOf(inputs, { w: { kind: 'tensor', json: '[2]' } })), '{"inputs":{"x":[0],"w":[2]}}')
})

test('what is missing is told apart from what is wrong', async () => {
  const inputs = [textInput('text', [-1]), tensorInput('x', 'FP32', [1]), imageInput('image')]
  const problems = await problemsOf(inputs, formOf(inputs, { x: { kind: 'tensor', json: '[1' } }))
  assert.equal(problems.length, 3)
  assert.equal(problems[0], 'missing: Write something for “text” to read.')
  assert.match(problems[1] ?? '', /^wrong: “x”: this is not JSON yet/)
  assert.equal(problems[2], 'missing: Draw something, or pick a picture.')
})

test('rows beyond a fixed number are refused before they are sent', async () => {
  const inputs = [featuresInput('X', ['a'], [1, 1])]
  const form = { ...formOf(inputs), rows: [['1'], ['2']] }
  assert.deepEqual(await problemsOf(inputs, form), ['wrong: This model takes exactly 1 row at a time; the table has 2.'])
})

test('the whole body can be edited, and starts valid', async () => {
  const inputs = [textInput('text', [-1]), tensorInput('x', 'FP32', [-1, 2])]
  const json = await wholeRequest({ inputs }, formOf(inputs))
  assert.deepEqual(JSON.parse(json), { inputs: { text: ['text'], x: [[0, 0]] } })
  assert.equal(await bodyOf(inputs, { ...formOf(inputs), mode: 'json', json: '{"inputs":{}}' }), '{"inputs":{}}')
})
