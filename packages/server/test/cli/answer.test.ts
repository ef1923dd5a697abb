import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutputInfo } from '@slipway/protocol'
import { answerDocument, printAnswer } from '../../src/cli/answer.ts'
import { createOutput } from '../../src/cli/output.ts'
import type { Predictor } from '../../src/cli/predictor.ts'
import type { NamedElements } from '../../src/models/elements.ts'

const scores: OutputInfo = {
  name: 'scores',
  datatype: 'FP32',
  shape: [-1, 3],
  symbols: [null, null],
  as: { kind: 'scores', labels: ['cat', 'dog', 'e\u001b[2Jvil'] },
}
const predictor = { model: 'pets', outputs: [scores] } as unknown as Predictor
const answer = (...outputs: NamedElements[]) => ({ version: '3', outputs, timing: { queue: 0.123, infer: 1.5 } })
const output = (name: string, shape: readonly number[], elements: NamedElements['elements']): NamedElements => ({
  name,
  datatype: 'FP32',
  shape,
  elements,
})

function print(...outputs: NamedElements[]): string {
  let text = ''
  const stdout = {
    write: (part: string) => {
      text += part
    },
  }
  printAnswer(createOutput({ json: false, stdout, stderr: stdout }), predictor, answer(...outputs))
  return text
}

test('one row of scores is a bar for each label, best first', () => {
  const lines = print(output('scores', [1, 3], [0.25, 0.75, 0])).split('\n')
  assert.deepEqual(lines.slice(0, 5), [
    'scores  FP32 [1, 3]',
    'Label          Score',
    `dog             0.75  ${'█'.repeat(18)}`,
    `cat             0.25  ${'█'.repeat(6)}`,
    'e\\u001b[2Jvil      0',
  ])
  assert.equal(lines.at(-2), 'pets version 3 · queue 0.12 ms · infer 1.50 ms')
})

test('several rows of scores show the best label of each, and scores that are no shares get no bar', () => {
  const text = print(output('scores', [2, 3], [0.1, 0.2, 0.7, 5, -2, 0]))
  assert.match(text, /Row {2}Label {10}Score\n {2}1 {2}e\\u001b\[2Jvil {4}0\.7 {2}█{16}▊\n {2}2 {2}cat {16}5\n/)
})

test('other outputs are a table of values, cut with a word about the rest', () => {
  assert.match(
    print(output('y', [2, 2], [1, 2.123456789, 3e-9, Number.NaN])),
    /Row {5}0 {8}1\n {2}1 {5}1 {2}2\.12346\n {2}2 {2}3e-9 {6}NaN\n/,
  )
  assert.match(print(output('y', [30, 1], Array(30).fill(1))), /… 10 more rows; --json prints all/)
  assert.match(print(output('y', [1, 20], Array(20).fill(1))), /… 8 more values in each row/)
  assert.match(print(output('y', [], [7])), /Row {2}Value\n {2}1 {6}7\n/)
  assert.match(print(output('y', [0, 4], [])), /\(empty\)/)
})

test('the document nests by shape and ranks labels', () => {
  const { outputs, labels, version } = answerDocument(
    predictor,
    answer(output('scores', [1, 3], [0.25, 0.75, 0]), output('y', [1, 2, 2], [1, 2n ** 60n, 3, 4]), output('s', [], ['x'])),
  )
  assert.equal(version, '3')
  assert.deepEqual(outputs, {
    scores: [[0.25, 0.75, 0]],
    y: [
      [
        [1, 2n ** 60n],
        [3, 4],
      ],
    ],
    s: 'x',
  })
  assert.deepEqual(
    (labels as { scores: { label: string }[][] }).scores[0]?.map(({ label }) => label),
    ['dog', 'cat', 'e\u001b[2Jvil'],
  )
})
