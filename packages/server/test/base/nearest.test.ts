import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from '../../src/base/nearest.ts'

const words = ['serve', 'inspect', 'predict', 'doctor', 'config', 'maxDelayMs']

test('a slip of the finger finds the word that was meant', () => {
  assert.equal(nearest('sreve', words), 'serve')
  assert.equal(nearest('inspct', words), 'inspect')
  assert.equal(nearest('maxdelayms', words), 'maxDelayMs')
  assert.equal(nearest('predicts', words), 'predict')
})

test('another word finds nothing', () => {
  for (const word of ['xyz', 'bananas', '', 'x'.repeat(5000)]) assert.equal(nearest(word, words), undefined, word)
  assert.equal(nearest('serve', []), undefined)
})
