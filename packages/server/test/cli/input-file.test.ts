import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Datatype, InputInfo, InputKind, Tensors } from '@slipway/protocol'
import { fileInputs, type InputFormat } from '../../src/cli/input-file.ts'

const input = (name: string, datatype: Datatype, shape: readonly number[], as: InputKind = { kind: 'tensor' }): InputInfo => ({
  name,
  datatype,
  shape,
  symbols: shape.map(() => null),
  as,
})
const iris = [input('x', 'FP32', [-1, 3], { kind: 'features', names: ['length', 'width', 'depth'] })]
const columns = [input('age', 'INT64', [-1, 1]), input('city', 'BYTES', [-1, 1])]
const text = [input('text', 'BYTES', [-1], { kind: 'text' })]

const read = (contents: string | Uint8Array, inputs: readonly InputInfo[], name = 'standard input', format?: InputFormat) =>
  fileInputs({ name, bytes: typeof contents === 'string' ? Buffer.from(contents) : contents, format }, inputs)

/** Names, shapes and elements in plain values. */
function told(tensors: Tensors): unknown {
  return Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      [[...shape], Array.from<unknown>(data).map((item) => (item instanceof Uint8Array ? Buffer.from(item).toString() : item))],
    ]),
  )
}

const ROW = {
  x: [
    [1, 3],
    [1, 2, 3],
  ],
}

test('JSON may be a V2 request, a golden example, inputs by name, bare rows, one row, or rows by column', () => {
  for (const form of [
    '{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}',
    '{"request":{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]},"response":{}}',
    '{"x":[[1,2,3]]}',
    '{"x":[1,2,3]}',
    '{"inputs":{"x":[[1,2,3]]}}',
    '[[1,2,3]]',
    '[1,2,3]',
    '{"width":2,"length":1,"depth":3}',
    '[{"width":2,"length":1,"depth":3}]',
  ])
    assert.deepEqual(told(read(form, iris)), ROW, form)
})

test('a one-column input takes plain values, one for each row', () => {
  assert.deepEqual(told(read('{"age":[1,2],"city":["a","b"]}', columns)), {
    age: [
      [2, 1],
      [1n, 2n],
    ],
    city: [
      [2, 1],
      ['a', 'b'],
    ],
  })
  assert.deepEqual(told(read('[[1,"a"],[2,"b"]]', columns)), {
    age: [
      [2, 1],
      [1n, 2n],
    ],
    city: [
      [2, 1],
      ['a', 'b'],
    ],
  })
  assert.deepEqual(told(read('"hello"', text, 'x.json')), { text: [[1], ['hello']] })
})

test('64-bit integers are never rounded on the way', () => {
  const exact = [[1, 1], [9007199254740993n]]
  assert.deepEqual(told(read('{"age":9007199254740993,"city":"a"}', columns)), { age: exact, city: [[1, 1], ['a']] })
  assert.deepEqual(told(read('9007199254740993,a\n', columns, 'x.csv')), { age: exact, city: [[1, 1], ['a']] })
})

test('CSV is read with a header in any order, and without one', () => {
  assert.deepEqual(told(read('1,2,3\n', iris, 'a.csv')), ROW)
  assert.deepEqual(told(read('width,depth,length,extra\n2,3,1,0\n', iris, 'a.csv')), ROW)
  assert.deepEqual(told(read('length;width;depth\r\n1;2;3\r\n', iris, 'a.csv')), ROW)
  assert.deepEqual(told(read('1\t2\t3', iris, 'a.tsv')), ROW)
  assert.deepEqual(told(read('nan,-inf,3', iris)), {
    x: [
      [1, 3],
      [Number.NaN, Number.NEGATIVE_INFINITY, 3],
    ],
  })
  assert.deepEqual(told(read('city,age\nRome,7\n', columns, 'a.csv')), { age: [[1, 1], [7n]], city: [[1, 1], ['Rome']] })
})

test('a text model takes a line of text for each row', () => {
  assert.deepEqual(told(read('one, two\nthree\n', text)), { text: [[2], ['one, two', 'three']] })
})

test('a picture goes to the image input as it is', () => {
  const image = input('image', 'FP32', [-1, 1, 8, 8], {
    kind: 'image',
    channels: 1,
    width: 8,
    height: 8,
    fit: 'contain',
    invert: false,
    layout: 'NCHW',
    draw: true,
  })
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 1)
  const tensors = read(png, [image])
  assert.equal(tensors.get('image')?.datatype, 'BYTES')
  assert.deepEqual(tensors.get('image')?.data, [png])
  assert.throws(() => read(png, iris, 'a.png'), /a\.png: is a picture, but the model declares no image input.*kind: image/)
})

test('what does not fit is named: file, row, column, and what was meant', () => {
  const refuses = (contents: string, inputs: readonly InputInfo[], message: RegExp, name = 'f.csv') =>
    assert.throws(() => read(contents, inputs, name), message)
  refuses('1,2\n', iris, /f\.csv: row 1 has 2 values, but the model takes 3 columns: "length", "width", "depth"/)
  refuses('1,2,3\n1,x,3\n', iris, /row 2, column "width": "x" is no number; the model takes FP32/)
  refuses('1,,3\n', iris, /row 1, column "width" is empty/)
  refuses('length,widht,depth\n1,2,3\n', iris, /no column "width"; is it the one called "widht"\?/)
  refuses('length,width,depth\n', iris, /the table has no rows/)
  refuses('', iris, /is empty/)
  refuses('{"y":[1,2,3]}', columns, /the model has no input "y"; it takes "age", "city"/, 'f.json')
  refuses('{"lenght":1,"width":2,"depth":3}', iris, /no input or column "lenght"; did you mean "length"\?/, 'f.json')
  refuses('[1,2]', columns, /has 2 inputs, so give them by name: \{ "age": …, "city": … \}/, 'f.json')
  refuses('{"x":[1,2', iris, /^CommandError: f\.json: /, 'f.json')
  refuses('1,2', [input('x', 'FP32', [-1, 3, 8, 8])], /row 1 has 2 values, but the model takes 192 a row/)
  refuses('1,2', [input('x', 'FP32', [-1, -1, 8])], /which no table holds; give JSON/)
  assert.throws(() => read(Uint8Array.of(0x31, 0xff), iris, 'f.csv'), /is no UTF-8 text/)
})
