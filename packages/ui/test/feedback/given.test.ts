import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutputInfo } from '@slipway/client'
import type { Call } from '../../src/call/compose.ts'
import { writeJson } from '../../src/call/exact-json.ts'
import { type Exchange, feedbackGiven } from '../../src/feedback/given.ts'
import { featuresInput, imageInput, tensorInput, textInput } from '../support/inputs.ts'

const scores: OutputInfo = { ...tensorInput('scores', 'FP32', [-1, 2]), as: { kind: 'scores', labels: ['a', 'b'] } }
const answer = { version: '3', outputs: { scores: [[0.25, 'NaN']] } }
const exchange = (body: string | Blob, contentType = 'application/json'): Exchange => {
  const call: Call = { model: 'm', contentType, body, inputs: new Map() }
  return { call, answer, requestId: 'r1' }
}

test('the version, the request and the outputs are those of the answer', async () => {
  const model = { inputs: [featuresInput('x', ['p', 'q'])], outputs: [scores] }
  const given = await feedbackGiven(model, exchange('{"inputs":{"x":[[1.5,2]]}}'), { verdict: 'right' })
  assert.deepEqual(given, {
    version: '3',
    requestId: 'r1',
    verdict: 'right',
    input: { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1.5, 2] }] },
    output: { outputs: [{ name: 'scores', datatype: 'FP32', shape: [1, 2], data: [0.25, 'NaN'] }] },
  })
})

test('a picture is kept as the very file that was sent', async () => {
  const file = new Blob([Uint8Array.of(0x89, 0x50, 0x4e, 0x47)], { type: 'image/png' })
  const model = { inputs: [imageInput('image')], outputs: [scores] }
  const given = await feedbackGiven(model, exchange(file, 'image/png'), { verdict: 'relabelled', label: 'b', note: 'faint' })
  assert.deepEqual(given.input, { file: { contentType: 'image/png', base64: 'iVBORw==' } })
  assert.deepEqual([given.verdict, given.label, given.note], ['relabelled', 'b', 'faint'])
})

test('integers keep all their digits', async () => {
  const model = { inputs: [tensorInput('n', 'INT64', [-1])], outputs: [] }
  const given = await feedbackGiven(model, exchange('{"inputs":{"n":[9223372036854775807]}}'), { verdict: 'wrong' })
  assert.match(writeJson(given.input), /"data":\[9223372036854775807\]/)
})

test('octets among texts make the whole tensor base64', async () => {
  const model = { inputs: [textInput('t', [-1])], outputs: [] }
  const given = await feedbackGiven(model, exchange('{"inputs":{"t":[{"b64":"/w=="},"é"]}}'), { verdict: 'right' })
  assert.deepEqual(given.input, {
    inputs: [{ name: 't', datatype: 'BYTES', shape: [2], parameters: { content_type: 'base64' }, data: ['/w==', 'w6k='] }],
  })
})

test('a body typed without names is the value of the one input that has to be given', async () => {
  const model = { inputs: [{ ...tensorInput('more', 'FP32', [-1]), optional: true }, tensorInput('x', 'FP32', [-1, 2])], outputs: [] }
  const expected = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] }
  for (const body of ['{"inputs":[[1,2]]}', '[[1,2]]'])
    assert.deepEqual((await feedbackGiven(model, exchange(body), { verdict: 'right' })).input, expected, body)
})
