import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseCsv } from '../../src/base/csv.ts'

test('cells may hold separators, quotes and line ends when they are quoted', () => {
  assert.deepEqual(parseCsv('a,"b,c","say ""hi"""\r\n"two\nlines",,last', ','), [
    ['a', 'b,c', 'say "hi"'],
    ['two\nlines', '', 'last'],
  ])
})

test('a byte order mark, empty lines and a last line end mean nothing; a trailing separator means an empty cell', () => {
  assert.deepEqual(parseCsv('\ufeffa,b\n\n1,\n', ','), [
    ['a', 'b'],
    ['1', ''],
  ])
  assert.deepEqual(parseCsv('1,', ','), [['1', '']])
  assert.deepEqual(parseCsv('', ','), [])
  assert.deepEqual(parseCsv('"a" ,b', ','), [['a', 'b']])
})

test('a quote that never ends is named by its row', () => {
  assert.throws(() => parseCsv('a\nb,"c\nd', ','), /row 2: a quoted cell begins and never ends/)
})

test('whatever is written is read back', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', ';', 'ä') })
  fc.assert(
    fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 }), (rows) => {
      const text = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')).join('\r\n')
      assert.deepEqual(parseCsv(text, ','), rows)
    }),
  )
})

test('a quotation mark inside a cell is named by its line', () => {
  for (const text of ['a,b\n5" pipe,2', 'a,b\n"5" pipe,2'])
    assert.throws(() => parseCsv(text, ','), /line 2: a quotation mark stands inside a cell/)
})
