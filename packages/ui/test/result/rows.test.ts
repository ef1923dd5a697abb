import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutputInfo, PredictAnswer } from '@slipway/client'
import { answerRows, areShares, headline } from '../../src/result/rows.ts'

const output = (name: string, shape: readonly number[], as: OutputInfo['as']): OutputInfo => ({
  name,
  datatype: 'FP32',
  shape,
  symbols: shape.map(() => null),
  as,
})
const answer = (outputs: PredictAnswer['outputs'], labels?: PredictAnswer['labels']): PredictAnswer => ({
  model: 'm',
  version: '1',
  outputs,
  timing: {},
  batchRows: 1,
  ...(labels === undefined ? {} : { labels }),
})
const scores = output('p', [-1, 2], { kind: 'scores', labels: ['cat', 'dog'] })

test('each row has its own labels, best first, and its headline', () => {
  const rows = answerRows(
    answer({
      p: [
        [0.2, 0.8],
        [0.9, 0.1],
      ],
    }),
    [scores],
  )
  assert.deepEqual(rows.map(headline), ['dog', 'cat'])
})

test('the server’s own ranking is taken where it gives one', () => {
  const labels = { p: [[{ label: 'fox', score: 1 }]] }
  assert.deepEqual(answerRows(answer({ p: [[0.2, 0.8]] }, labels), [scores]), [[{ kind: 'scores', name: 'p', labels: labels.p[0] }]])
})

test('label, scores and numbers stand side by side', () => {
  const outputs = [output('l', [-1], { kind: 'label' }), scores, output('v', [-1, 2], { kind: 'tensor' })]
  const [row] = answerRows(answer({ l: ['dog'], p: [[0.2, 0.8]], v: [[1, 2]] }), outputs)
  assert.deepEqual(
    row?.map(({ kind }) => kind),
    ['label', 'scores', 'tensor'],
  )
})

test('outputs of unequal rows are shown whole, in one row', () => {
  const outputs = [output('a', [-1], { kind: 'tensor' }), output('b', [-1], { kind: 'tensor' })]
  assert.deepEqual(answerRows(answer({ a: [1, 2], b: [3] }), outputs), [
    [
      { kind: 'tensor', name: 'a', value: [1, 2] },
      { kind: 'tensor', name: 'b', value: [3] },
    ],
  ])
})

test('a scalar is a row of its own', () => {
  assert.deepEqual(answerRows(answer({ y: 7 }), [output('y', [], { kind: 'tensor' })]), [[{ kind: 'tensor', name: 'y', value: 7 }]])
})

test('scores that do not add up to one are no shares', () => {
  assert.equal(
    areShares([
      { label: 'a', score: 0.7 },
      { label: 'b', score: 0.3 },
    ]),
    true,
  )
  assert.equal(
    areShares([
      { label: 'a', score: 0.7 },
      { label: 'b', score: 0.7 },
    ]),
    false,
  )
  assert.equal(
    areShares([
      { label: 'a', score: 4.2 },
      { label: 'b', score: -3.2 },
    ]),
    false,
  )
})
