import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Datatype } from '@slipway/protocol'
import type { Element, NamedElements } from '../../src/models/elements.ts'
import { createParity } from '../../src/models/parity.ts'

const one = (name: string, datatype: Datatype, shape: readonly number[], elements: readonly Element[]): NamedElements => ({
  name,
  datatype,
  shape,
  elements,
})

function compare(rows: number, reference: readonly NamedElements[], candidate: readonly NamedElements[], tolerance = 1e-4) {
  const parity = createParity({ tolerance })
  parity.add({ rows, reference, candidate })
  return parity.report()
}

test('equal answers agree, and no row is listed', () => {
  const p = one('p', 'FP32', [2, 2], [0.1, 0.9, 0.8, 0.2])
  const report = compare(2, [p], [p])
  assert.equal(report.agrees, true)
  assert.deepEqual(report.worst, [])
  assert.deepEqual(report.outputs, [
    { name: 'p', elements: 4, maxDifference: 0, meanDifference: 0, maxRelative: 0, rowsBeyond: 0, labelAgreement: 1 },
  ])
})

test('a number may be off absolutely within 1 and relatively beyond', () => {
  const at = (value: number) => one('y', 'FP64', [1], [value])
  assert.equal(compare(1, [at(0.5)], [at(0.50009)]).agrees, true)
  assert.equal(compare(1, [at(0.5)], [at(0.5002)]).agrees, false)
  assert.equal(compare(1, [at(20_000)], [at(20_001)]).agrees, true)
  assert.equal(compare(1, [at(20_000)], [at(20_003)]).agrees, false)
})

test('labels must be the same, and their agreement is a share of rows', () => {
  const label = (...labels: string[]) => one('label', 'BYTES', [labels.length], labels)
  const report = compare(4, [label('a', 'b', 'a', 'c')], [label('a', 'b', 'b', 'c')])
  assert.equal(report.agrees, false)
  assert.equal(report.outputs[0]?.labelAgreement, 0.75)
  assert.deepEqual(
    report.worst.map(({ row, reference, candidate }) => [row, reference, candidate]),
    [[3, 'a', 'b']],
  )
  assert.match(report.why, /output "label" differs in 1 of 4 rows/)
})

test('whole numbers must be equal however large, also as bigints', () => {
  const report = compare(1, [one('id', 'INT64', [1], [9007199254740993n])], [one('id', 'INT64', [1], [9007199254740992n])], 10)
  assert.equal(report.agrees, false)
})

test('NaN equals NaN and nothing else', () => {
  const at = (value: number) => one('y', 'FP32', [1], [value])
  assert.equal(compare(1, [at(Number.NaN)], [at(Number.NaN)]).agrees, true)
  const report = compare(1, [at(1)], [at(Number.NaN)])
  assert.equal(report.agrees, false)
  assert.equal(report.outputs[0]?.maxDifference, Number.POSITIVE_INFINITY)
})

test('the ten rows that differ most are listed over all parts, counted from 1 in the order of the data', () => {
  const parity = createParity({ tolerance: 1e-6 })
  for (const part of [0, 1])
    parity.add({
      rows: 8,
      reference: [one('y', 'FP64', [8], Array(8).fill(0))],
      candidate: [
        one(
          'y',
          'FP64',
          [8],
          Array.from({ length: 8 }, (_, row) => (part * 8 + row) / 1000),
        ),
      ],
    })
  const { worst, rows } = parity.report()
  assert.equal(rows, 16)
  assert.deepEqual(
    worst.map(({ row }) => row),
    [16, 15, 14, 13, 12, 11, 10, 9, 8, 7],
  )
})

test('a missing output and another shape are refused by name; a size of 1 at the end is none', () => {
  const y = one('y', 'FP32', [2], [1, 2])
  assert.match(compare(2, [y, one('z', 'FP32', [2], [1, 2])], [y, one('w', 'FP32', [2], [1, 2])]).why, /output "z" is missing/)
  assert.match(compare(2, [y], [one('y', 'FP32', [2, 2], [1, 2, 3, 4])]).why, /shape \[2\] on one side and \[2, 2\]/)
  assert.equal(compare(2, [y], [one('y', 'FP32', [2, 1], [1, 2])]).agrees, true)
})

test('what one side alone refuses is a difference, what both refuse is a note', () => {
  const parity = createParity({ tolerance: 1 })
  parity.add({ rows: 1, reference: [one('y', 'FP32', [1], [1])], candidate: [one('y', 'FP32', [1], [1])] })
  parity.refused({ rows: 1, by: 'both', message: 'no such word' })
  assert.equal(parity.report().agrees, true)
  assert.match(parity.report().notes.join(), /neither answers row 2: no such word/)
  parity.refused({ rows: 1, by: 'candidate', message: 'unknown category' })
  assert.match(parity.report().why, /the candidate does not answer row 3: unknown category/)
})

test('nothing to compare is no agreement', () => assert.match(createParity({ tolerance: 1 }).report().why, /no rows/))
