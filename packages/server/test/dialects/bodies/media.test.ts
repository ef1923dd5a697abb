import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { negotiate, parseMediaType, unknownMediaType } from '../../../src/dialects/bodies/media.ts'

const OFFERED = ['application/json', 'text/csv', 'image/png'] as const

test('a content type is read with its parameters, whatever their case and quotes', () => {
  assert.equal(parseMediaType(undefined), undefined)
  assert.equal(parseMediaType('json'), undefined)
  assert.equal(parseMediaType('Application/JSON')?.type, 'application/json')
  const csv = parseMediaType('text/csv; Header=present;charset="utf-\\8" ; ')
  assert.equal(csv?.type, 'text/csv')
  assert.deepEqual(
    [...(csv?.parameters ?? [])],
    [
      ['header', 'present'],
      ['charset', 'utf-8'],
    ],
  )
  assert.equal(parseMediaType('text/csv header')?.type, 'text/csv')
})

test('without a wish, or with one for anything, the first on offer is written', () => {
  for (const accept of [undefined, '', ' ', '*/*', 'application/*', 'nonsense', '*/*;q=0.1, text/html'])
    assert.equal(negotiate(accept, OFFERED), 'application/json')
})

test('what is liked best is written, and the first on offer of equals', () => {
  assert.equal(negotiate('text/csv', OFFERED), 'text/csv')
  assert.equal(negotiate('text/csv;q=0.5, application/json;q=0.4', OFFERED), 'text/csv')
  assert.equal(negotiate('image/png, text/csv', OFFERED), 'text/csv')
  assert.equal(negotiate('application/json;q=0.2, */*;q=0.3', OFFERED), 'text/csv')
  assert.equal(negotiate('application/json;q=0, */*', OFFERED), 'text/csv')
  assert.equal(negotiate('text/html;a="x,y/z", TEXT/*', OFFERED), 'text/csv')
})

test('a caller who can read nothing on offer is told what there is', () => {
  const refused = { code: 'NOT_ACCEPTABLE', message: /text\/html.*application\/json, text\/csv, image\/png/ }
  assert.throws(() => negotiate('text/html', OFFERED), refused)
  assert.throws(() => negotiate('text/html, */*;q=0', OFFERED), refused)
  const { code, message } = unknownMediaType('text/html', OFFERED)
  assert.deepEqual(
    [code, message],
    ['UNSUPPORTED_MEDIA_TYPE', 'content-type "text/html" is not known here; send one of application/json, text/csv, image/png'],
  )
})

test('no header makes reading it fail in another way, or take long', () => {
  const piece = fc.constantFrom('a', '/', ';', '=', '"', '\\', ',', ' ', '*', 'q', '0', '.', 'text/csv', ';q=')
  const header = fc.array(piece, { maxLength: 200 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(header, (text) => {
      parseMediaType(text)
      try {
        assert.ok(OFFERED.includes(negotiate(text, OFFERED)))
      } catch (error) {
        assert.equal((error as { readonly code?: unknown }).code, 'NOT_ACCEPTABLE')
      }
    }),
  )
})
