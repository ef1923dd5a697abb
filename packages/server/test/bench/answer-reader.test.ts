import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnswerReader, type ReadAnswer } from '../../src/bench/answer-reader.ts'

const STREAM = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nserver-timing: infer;dur=1\r\n\r\nhello' +
    'HTTP/1.1 100 Continue\r\n\r\n' +
    'HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n' +
    'HTTP/1.1 204 No Content\r\n\r\n',
)

function read(pieces: readonly Buffer[]): { readonly answers: readonly ReadAnswer[]; readonly fault: string | undefined } {
  const answers: ReadAnswer[] = []
  const reader = new AnswerReader((answer) => answers.push(answer))
  let fault: string | undefined
  for (const piece of pieces) fault ??= reader.take(piece)
  return { answers, fault }
}

test('answers are found wherever the stream is cut', () => {
  for (const size of [1, 2, 7, 64, STREAM.length]) {
    const pieces = Array.from({ length: Math.ceil(STREAM.length / size) }, (_, index) => STREAM.subarray(index * size, (index + 1) * size))
    const { answers, fault } = read(pieces)
    assert.equal(fault, undefined)
    assert.deepEqual(
      answers.map(({ status, body, keepAlive }) => [status, body.toString(), keepAlive]),
      [
        [200, 'hello', true],
        [503, 'abcde', false],
        [204, '', true],
      ],
    )
  }
})

test('what is no HTTP, or does not say its length, is told', () => {
  assert.match(read([Buffer.from('SSH-2.0-x\r\n\r\n')]).fault ?? '', /no answer of HTTP/)
  assert.match(read([Buffer.from('HTTP/1.1 200 OK\r\n\r\nabc')]).fault ?? '', /how long/)
  assert.match(read([Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n')]).fault ?? '', /chunk/)
})
