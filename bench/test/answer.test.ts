import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnswerCheck } from '../answer.ts'

const json = (value: unknown) => Buffer.from(JSON.stringify(value))

test('numbers within 1e-5 are right, in JSON and behind a JSON head', () => {
  const check = new AnswerCheck({ numbers: [0.5, -2], at: ['outputs', 0, 'data'] })
  assert.equal(check.fault(200, json({ outputs: [{ data: [0.500001, -2] }] })), undefined)
  const binary = new AnswerCheck({ numbers: [0.5, -2], at: 'binary' })
  const body = Buffer.concat([Buffer.from('{"outputs":[]}'), new Uint8Array(Float32Array.of(0.5, -2).buffer)])
  assert.equal(binary.fault(200, body), undefined)
})

test('wrong numbers, missing numbers and other statuses are faults, also after a right answer', () => {
  const check = new AnswerCheck({ numbers: [0.5], at: ['y'] })
  assert.equal(check.fault(200, json({ y: [0.5] })), undefined)
  assert.match(check.fault(200, json({ y: [0.51] })) ?? '', /wrong numbers/)
  assert.match(check.fault(200, json({ y: [] })) ?? '', /wrong numbers/)
  assert.match(check.fault(200, json({})) ?? '', /wrong numbers/)
  assert.match(check.fault(200, json({ y: [null] })) ?? '', /wrong numbers/)
  assert.match(new AnswerCheck({ numbers: [0], at: ['y'] }).fault(200, json({ y: [null] })) ?? '', /wrong numbers/)
  assert.match(check.fault(503, json({ y: [0.5] })) ?? '', /status 503/)
})
