import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Slipway } from '../src/slipway.ts'
import { SlipwayError } from '../src/slipway-error.ts'
import { answer, inTurn, reset, startTestServer } from './support/test-server.ts'
import { ECHO, v2 } from './support/v2-behaviour.ts'

const refused = (code: string) => (error: unknown) => SlipwayError.is(error) && error.code === code

test('feedback says what was asked, what was answered, by whom, and what a person made of it', async () => {
  await using server = await startTestServer(v2(ECHO))
  const model = new Slipway(server.url).model('echo')
  const input = { ids: [2n ** 63n - 1n], half: { datatype: 'FP16', shape: [2], data: [0.5, Number.NaN] }, text: ['é'] } as const
  const answered = await model.answer(input)
  server.behave(answer(201, { id: 'entry-1' }))
  const given = { input, answer: answered, verdict: 'relabelled', label: 'seven', note: 'badly drawn' } as const
  assert.deepEqual(await model.feedback(given), { id: 'entry-1' })
  const sent = server.received.at(-1)
  const text = new TextDecoder().decode(sent?.body)
  assert.deepEqual([sent?.method, sent?.path], ['POST', '/api/v1/models/echo/feedback'])
  assert.equal(text.split('"data":[9223372036854775807]').length, 3, text)
  const { input: inputs, output, ...rest } = JSON.parse(text)
  assert.deepEqual(rest, {
    version: '3',
    requestId: answered.requestId,
    verdict: 'relabelled',
    label: 'seven',
    note: 'badly drawn',
  })
  assert.deepEqual(inputs.inputs, output.outputs)
  assert.deepEqual(output.outputs[1], { name: 'half', datatype: 'FP16', shape: [2], data: [0.5, 'NaN'] })
})

test('a picture goes with its media type', async () => {
  await using server = await startTestServer(answer(201, { id: 'x' }))
  const model = new Slipway(server.url).model('echo')
  const octets = new Uint8Array([0x89, 0x50, 0xff])
  const picture = new Blob([octets], { type: 'image/png' })
  await model.feedback({ input: { image: picture }, answer: { outputs: {}, version: '1' }, verdict: 'wrong' })
  const { input } = JSON.parse(new TextDecoder().decode(server.received[0]?.body))
  assert.deepEqual(input.parameters, { content_type: 'image/png' })
  assert.deepEqual(input.inputs[0].data, [Buffer.from(octets).toString('base64')])
})

test('feedback is sent once, whatever becomes of it', async () => {
  await using server = await startTestServer(inTurn(reset, answer(201, { id: 'x' })))
  const model = new Slipway(server.url).model('echo')
  const given = {
    input: { rows: { datatype: 'FP32', shape: [1], data: [1] } },
    answer: { outputs: {}, version: '1' },
    verdict: 'right',
  } as const
  await assert.rejects(model.feedback(given), refused('NETWORK'))
  assert.equal(server.received.length, 1)
  server.behave(answer(503, { error: 'busy' }))
  await assert.rejects(model.feedback(given), refused('UNAVAILABLE'))
  assert.equal(server.received.length, 2)
})

test('an answer that does not know its version is refused before anything is sent', async () => {
  await using server = await startTestServer(answer(500, 'never asked'))
  const model = new Slipway(server.url).model('echo')
  await assert.rejects(model.feedback({ input: {}, answer: { outputs: {} }, verdict: 'right' }), refused('INVALID_ARGUMENT'))
  assert.equal(server.received.length, 0)
})

test('pages are asked for by where the last one ended, and keep integers whole', async () => {
  await using server = await startTestServer(
    answer(200, '{"entries":[{"output":{"outputs":[{"data":[9223372036854775807]}]}}],"next":"7"}'),
  )
  const model = new Slipway(server.url).model('a b')
  const { entries, next } = await model.feedbackPage()
  assert.deepEqual([entries[0]?.output.outputs[0]?.data, next], [[2n ** 63n - 1n], '7'])
  await model.feedbackPage({ after: '7', limit: 2 })
  assert.deepEqual(
    server.received.map(({ path }) => path),
    ['/api/v1/models/a%20b/feedback', '/api/v1/models/a%20b/feedback?after=7&limit=2'],
  )
  for (const body of ['{}', 'null', '[]', 'none']) {
    server.behave(answer(200, body))
    await assert.rejects(model.feedbackPage(), refused('INTERNAL'), body)
  }
})
