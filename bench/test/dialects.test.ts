import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dialectPayloads, dialectVerdict } from '../dialects.ts'
import { modelInferMessage } from '../grpc-message.ts'
import { ROW } from '../payload.ts'

test('rows that are a tenth slower or faster than V2 meet the target, and those further apart miss it', () => {
  const met = (rowsByV2: number) => dialectVerdict({ rows: [], rowsByV2 }).met
  assert.deepEqual([0.85, 0.95, 1.05, 1.15].map(met), [false, true, true, false])
})

test('every dialect sends the same numbers', () => {
  for (const [name, { body, expected }] of dialectPayloads([1])) {
    const numbers = expected.at === 'binary' ? Buffer.from(Float32Array.from(ROW).buffer) : ROW.join(',')
    assert.ok(body.includes(numbers), name)
  }
})

test('the gRPC message is the fields of ModelInferRequest, its contents raw', () => {
  const message = modelInferMessage([1, 2])
  const input = '0a0178' + '120446503332' + '1a020102'
  assert.equal(message.toString('hex'), `0a05${Buffer.from('mlp64').toString('hex')}2a0d${input}3a080000803f00000040`)
})
