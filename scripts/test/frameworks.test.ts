/** The table of docs/frameworks.md. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FrameworkRow } from '../../packages/server/test/support/framework-row.ts'
import { cellsOf, readRows, withRows } from '../frameworks/rows.ts'

const ROW: FrameworkRow = {
  framework: 'scikit-learn',
  version: '1.9.1',
  python: '3.11.7',
  way: 'as it is',
  input: 'FP64 [64, 30]',
  maxDifference: 2.5e-7,
  tolerance: 1e-6,
  buildSeconds: 17.4,
  verdict: 'same',
  note: 'V2 | plain',
}
const lines = (...rows: readonly FrameworkRow[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

test('rows come by way and name, and of two for the same the later one counts', () => {
  const rows = readRows(
    lines(
      { ...ROW, framework: 'Cog', way: 'Cog' },
      { ...ROW, way: 'converted' },
      { ...ROW, verdict: 'differs' },
      { ...ROW, framework: 'LightGBM' },
      ROW,
    ),
  )
  assert.deepEqual(
    rows.map(({ framework, way, verdict }) => [framework, way, verdict]),
    [
      ['LightGBM', 'as it is', 'same'],
      ['scikit-learn', 'as it is', 'same'],
      ['scikit-learn', 'converted', 'same'],
      ['Cog', 'Cog', 'same'],
    ],
  )
})

test('a row says within what it is the same, and one that was not compared shows no figures', () => {
  assert.deepEqual(cellsOf(ROW).slice(5), ['2.5e-7', '17 s', 'same within 1e-6'])
  assert.deepEqual(cellsOf({ ...ROW, maxDifference: 0, tolerance: 0 }).slice(5), ['0', '17 s', 'same'])
  const missing: FrameworkRow = { framework: 'X', version: '', python: '', way: 'as it is', input: '', verdict: 'not installable' }
  assert.deepEqual(cellsOf(missing).slice(5), ['–', '–', 'not installable'])
})

test('the table goes between the marks of the page, and a page without them is refused', () => {
  const page = 'a\n<!-- npm run test:frameworks -- --write -->\nold\n<!-- end -->\nz\n'
  const written = withRows(page, [ROW])
  assert.match(
    written,
    /^a\n<!-- npm.*-->\n\| framework \|.*\n\| --- .*\n\| scikit-learn \| 1\.9\.1 \|.*V2 \\\| plain \|\n<!-- end -->\nz\n$/,
  )
  assert.equal(withRows(written, [ROW]), written)
  assert.throws(() => withRows('no marks', [ROW]), /has no "<!-- npm run test:frameworks/)
})
