import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTable } from '../../src/form/table.ts'

const columns = ['sepal length', 'sepal width']

test('rows from a spreadsheet are cut at tabs', () => {
  assert.deepEqual(parseTable('5.1\t3.5\r\n4.9\t3\r\n', columns), {
    header: false,
    rows: [
      ['5.1', '3.5'],
      ['4.9', '3'],
    ],
  })
})

test('a header puts columns in the model’s order and leaves out those it does not take', () => {
  const table = parseTable('species,Sepal_Width,sepal-length\nsetosa,3.5,5.1\n', columns)
  assert.deepEqual(table, { header: true, rows: [['5.1', '3.5']] })
})

test('semicolons cut where commas are decimal points', () => {
  assert.deepEqual(parseTable('5,1;3,5', columns), { header: false, rows: [['5,1', '3,5']] })
})

test('quotes protect delimiters, line ends and doubled quotes', () => {
  assert.deepEqual(parseTable('"a, ""b""","c\nd"', columns), { header: false, rows: [['a, "b"', 'c\nd']] })
})

test('one column needs no delimiter', () => {
  assert.deepEqual(parseTable('1\n2\n\n3', ['x']), { header: false, rows: [['1'], ['2'], ['3']] })
})

test('a line of another width is named', () => {
  const table = parseTable('1,2\n1,2,3', columns)
  assert.deepEqual(table, { problem: 'Line 2 has 3 values; the model takes 2: “sepal length”, “sepal width”.' })
})

test('a header that lacks a column says which', () => {
  assert.deepEqual(parseTable('sepal length,petal\n1,2', columns), {
    problem: 'The header lacks “sepal width”. It needs a column for each of “sepal length”, “sepal width”.',
  })
})

test('an empty table and a header alone are no tables', () => {
  assert.ok('problem' in parseTable(' \n', columns))
  assert.ok('problem' in parseTable('sepal length,sepal width', columns))
})
