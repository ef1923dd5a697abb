import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerRequestId, childTrace, createRequestIds, formatTraceparent, parseTraceparent } from '../../src/observe/trace.ts'

const VALID = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

test('a traceparent is read and written back', () => {
  const trace = parseTraceparent(VALID)
  assert.deepEqual(trace, { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', sampled: true })
  assert.equal(formatTraceparent(trace as NonNullable<typeof trace>), VALID)
})

test('a later version with more fields is read as far as it is known', () => {
  assert.equal(parseTraceparent(`cc${VALID.slice(2)}-what-comes`)?.spanId, '00f067aa0ba902b7')
})

test('a broken traceparent is ignored', () => {
  const zeros = '0'.repeat(32)
  for (const header of [
    undefined,
    '',
    'x',
    VALID.toUpperCase(),
    `ff${VALID.slice(2)}`,
    `${VALID}-more`,
    `00-${zeros}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
    VALID.slice(0, -1),
    `${VALID}${'0'.repeat(300)}`,
  ])
    assert.equal(parseTraceparent(header), undefined, String(header))
})

test('a child stays in its trace under a span of its own', () => {
  const parent = parseTraceparent(VALID)
  const child = childTrace(parent)
  assert.equal(child.traceId, parent?.traceId)
  assert.notEqual(child.spanId, parent?.spanId)
  assert.equal(child.sampled, true)
  assert.notEqual(parseTraceparent(formatTraceparent(childTrace(undefined))), undefined)
})

test('request ids are unique within and between sources, and pass their own check', () => {
  const first = createRequestIds()
  const second = createRequestIds()
  const ids = Array.from({ length: 1000 }, (_, index) => (index % 2 === 0 ? first() : second()))
  assert.equal(new Set(ids).size, 1000)
  for (const id of ids) assert.equal(callerRequestId(id), id)
})

test('a request id of a caller is taken only if it is short and printable', () => {
  assert.equal(callerRequestId('abc/1:2'), 'abc/1:2')
  for (const bad of [undefined, '', 'a b', 'a\nb', 'é', 'x'.repeat(129), '\u001b[0m']) assert.equal(callerRequestId(bad), undefined)
  assert.equal(callerRequestId('x'.repeat(128))?.length, 128)
})
