import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTorchServe } from '../../src/dialects/torchserve.ts'
import { asker, bodyText, type DialectSetUp, testDialect } from '../contract/dialect.ts'
import { form } from '../support/form.ts'
import { MIXED, PAIRS, PICTURES, TEXTS } from '../support/revision.ts'

const setUp: DialectSetUp = { models: [PAIRS, { ...PAIRS, version: '2' }, MIXED, PICTURES, TEXTS], create: createTorchServe }
const target = '/predictions/pairs'
const picture = '/predictions/pictures'
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3])
const labels = { dog: 0.9, cat: 0.1 }
const json = (value: unknown) => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) })

testDialect('torchserve', setUp, {
  errorText: (response) => {
    const { code, type, message } = JSON.parse(bodyText(response))
    assert.equal(code, response.status)
    assert.match(type, /^[A-Z][A-Za-z]+Exception$/)
    return message
  },
  good: [
    {
      name: 'rows',
      request: {
        target,
        ...json([
          [1, 2],
          [3, 4.5],
        ]),
      },
      answer: [
        [2, 4],
        [6, 9],
      ],
    },
    { name: 'one row', request: { target, ...json([1, 2]) }, answer: [2, 4] },
    {
      name: 'instances',
      request: { target, ...json({ instances: [[1, 2], { x: [3, 4.5] }] }) },
      answer: {
        predictions: [
          [2, 4],
          [6, 9],
        ],
      },
    },
    { name: 'one row by name', request: { target, ...json({ x: [1, 2] }) }, answer: [2, 4] },
    { name: 'rows by name', request: { target: '/predictions/mixed', ...json({ a: [[1, 2]], n: [5] }) }, answer: [{ b: [2, 4], m: 10 }] },
    {
      name: 'one row of several inputs',
      request: { target: '/predictions/mixed', ...json({ a: [1, 2], n: 5 }) },
      answer: { b: [2, 4], m: 10 },
    },
    { name: 'a version', request: { target: `${target}/1`, ...json([1, 2]) }, answer: [2, 4] },
    { name: 'JSON that does not say so, by PUT', request: { method: 'PUT', target, body: '[1,2]' }, answer: [2, 4] },
    { name: 'a picture', request: { target: picture, headers: { 'content-type': 'image/png' }, body: 'octets' }, answer: labels },
    { name: 'a picture that does not say so, by PUT', request: { method: 'PUT', target: picture, body: PNG }, answer: labels },
    {
      name: 'a picture in a form',
      request: { target: picture, ...form([{ name: 'data', filename: 'seven.png', bytes: PNG }]) },
      answer: labels,
    },
    { name: 'JSON in a form', request: { target, ...form([{ name: 'body', bytes: '[1,2]', type: 'application/json' }]) }, answer: [2, 4] },
    {
      name: 'text',
      request: { target: '/predictions/texts', headers: { 'content-type': 'text/plain' }, body: 'späte Post' },
      answer: 'späte Post',
    },
  ],
  bad: [
    { name: 'an unknown model', request: { target: '/predictions/none', body: '[1,2]' }, status: 404, says: /loaded are: mixed, pairs/ },
    { name: 'an unknown version', request: { target: `${target}/9`, body: '[1,2]' }, status: 404, says: /loaded are: 1, 2/ },
    { name: 'a picture for a model without one', request: { target, headers: { 'content-type': 'image/png' }, body: PNG }, status: 415 },
    {
      name: 'an unknown content type',
      request: { target, headers: { 'content-type': 'text/html' }, body: 'x' },
      status: 415,
      says: /image\/png/,
    },
    {
      name: 'a form without data',
      request: { target, ...form([{ name: 'x', bytes: '[1,2]' }]) },
      status: 400,
      says: /no part "data".*"x"/,
    },
    {
      name: 'a form that breaks off',
      request: { target, headers: { 'content-type': 'multipart/form-data; boundary=b' }, body: '--b\r\nContent-Disp' },
      status: 400,
      says: /multipart/,
    },
    { name: 'a form without a boundary', request: { target, headers: { 'content-type': 'multipart/form-data' }, body: 'x' }, status: 400 },
    { name: 'text that is no UTF-8', request: { target: '/predictions/texts', body: Buffer.from([0xff]) }, status: 400, says: /UTF-8/ },
  ],
})

test('torchserve: the type of an error is one of its own', async () => {
  const type = async (request: Parameters<ReturnType<typeof asker>>[0]) => JSON.parse(bodyText(await asker(setUp)(request))).type
  assert.equal(await type({ target: '/predictions/none', body: '[1]' }), 'ModelNotFoundException')
  assert.equal(await type({ target, body: '[1' }), 'BadRequestException')
})
