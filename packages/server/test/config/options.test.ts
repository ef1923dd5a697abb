import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configJsonSchema, flagOf, OPTIONS, variableOf } from '../../src/config/options.ts'

/** Absent means something of its own for these. */
const WITHOUT_DEFAULT = ['defaultModel', 'platform.predictRoute', 'platform.healthRoute', 'cache.redis', 'targetP99Ms']

test('every setting has a sentence, and a default unless it is known for having none', () => {
  for (const { path, description, default: value } of OPTIONS) {
    assert.equal(value === undefined, WITHOUT_DEFAULT.includes(path), path)
    assert.match(description, /^[A-Z].*\.$/, path)
  }
})

test('settings have names of their own in the environment and on the command line', () => {
  assert.equal(variableOf('limits.deadlineMs'), 'SLIPWAY_LIMITS_DEADLINEMS')
  assert.equal(flagOf('log.level'), '--log-level')
  assert.equal(flagOf('allowedHosts'), '--allowed-hosts')
  assert.equal(new Set(OPTIONS.map(({ path }) => variableOf(path))).size, OPTIONS.length)
})

test('the JSON Schema refuses keys that the server refuses', () => {
  const schema = configJsonSchema()
  assert.equal(schema.additionalProperties, false)
  assert.deepEqual(schema.properties?.limits, { ...Object(schema.properties?.limits), additionalProperties: false })
})
