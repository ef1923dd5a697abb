import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ResponseReader } from '../response.ts'

const answer = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nX: y\r\n\r\n${body}`

function readAll(chunks: readonly string[]): readonly string[] {
  const seen: string[] = []
  const reader = new ResponseReader((status, body) => seen.push(`${status} ${body}`))
  for (const chunk of chunks) assert.equal(reader.take(Buffer.from(chunk)), undefined)
  return seen
}

test('answers are read however they are cut into chunks', () => {
  const whole = answer('first') + answer('') + answer('third')
  for (let cut = 0; cut <= whole.length; cut += 1)
    assert.deepEqual(readAll([whole.slice(0, cut), whole.slice(cut)]), ['200 first', '200 ', '200 third'], `cut at ${cut}`)
})

test('other statuses are handed on', () => assert.deepEqual(readAll(['HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\nno']), ['503 no']))

test('an answer without a length is refused', () => {
  const reader = new ResponseReader(() => assert.fail('no answer can be told from it'))
  assert.match(reader.take(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')) ?? '', /without Content-Length/)
})
