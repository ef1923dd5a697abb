import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { withoutPassword } from '../../src/config/secrets.ts'

test('an address is shown without its password, also where it is not quite an address', () => {
  assert.equal(withoutPassword('redis://:secret@h:6379/1'), 'redis://:***@h:6379/1')
  assert.equal(withoutPassword('rediss://user:s@cr/et:x@h'), 'rediss://user:***@h')
  assert.equal(withoutPassword('redis:/:secret@h'), 'redis:/:***@h')
  for (const plain of ['redis://h:6379', 'redis://user@h', './a@b.db', 'memory:', 50, undefined])
    assert.equal(withoutPassword(plain), plain)
})

test('a refusal of an address does not tell its password', async () => {
  const env = { SLIPWAY_CACHE_REDIS: 'reds://:secret@h' }
  await assert.rejects(loadConfig({ folder: import.meta.dirname, env }), ({ message }: Error) => {
    assert.match(message, /cache\.redis must be redis:\/\/ or rediss:\/\/.*reds:\/\/:\*\*\*@h/)
    return !message.includes('secret')
  })
})
