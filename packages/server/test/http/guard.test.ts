import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGuard, isLoopback } from '../../src/http/guard.ts'

test('loopback addresses are known, look-alikes are not', () => {
  for (const host of ['127.0.0.1', '127.8.9.1', 'localhost', '::1']) assert.equal(isLoopback(host), true, host)
  for (const host of ['0.0.0.0', '::', '127.0.0.1.example.org', '10.0.0.1', 'localhost.example.org', ''])
    assert.equal(isLoopback(host), false, host)
})

const guard = createGuard({ checkHost: true, allowedHosts: ['models.example.org'] })

test('this machine and the allowed names may be named in Host, with any port', () => {
  for (const host of ['127.0.0.1:8080', 'localhost', 'LOCALHOST:1', '[::1]:8080', 'models.example.org:443'])
    assert.doesNotThrow(() => guard(host, undefined), host)
})

test('another name in Host is refused, also after it was tried before', () => {
  for (const host of [undefined, '', 'evil.example', 'evil.example:8080', '127.0.0.1.evil.example', 'localhost.evil.example', '::1']) {
    for (let turn = 0; turn < 2; turn++) assert.throws(() => guard(host, undefined), { code: 'PERMISSION_DENIED' }, String(host))
  }
})

test('pages of this server may call it, pages of others may not', () => {
  assert.doesNotThrow(() => guard('127.0.0.1:8080', 'http://127.0.0.1:8080'))
  assert.doesNotThrow(() => guard('localhost:8080', 'http://localhost:8080'))
  for (const origin of [
    'http://evil.example',
    'null',
    '',
    'http://127.0.0.1.evil.example:8080',
    'file://',
    'http://localhost.evil.example',
  ]) {
    assert.throws(() => guard('127.0.0.1:8080', origin), { code: 'PERMISSION_DENIED' }, origin)
  }
})

test('a page from another port of this machine is a stranger', () => {
  assert.throws(() => guard('127.0.0.1:8080', 'http://127.0.0.1:3000'), { code: 'PERMISSION_DENIED' })
})

test('a server for other machines takes any Host, and still no page of another origin', () => {
  const open = createGuard({ checkHost: false, allowedHosts: [] })
  assert.doesNotThrow(() => open('models.internal:8080', undefined))
  assert.doesNotThrow(() => open('models.internal:8080', 'https://models.internal:8080'))
  assert.throws(() => open('models.internal:8080', 'https://evil.example'), { code: 'PERMISSION_DENIED' })
})
