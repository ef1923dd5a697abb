import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { askRuntime } from '../../check/ask-runtime.ts'
import { checkExamples } from '../../check/run.ts'

const examples = join(import.meta.dirname, '..', '..')

test('every golden example of every example model gives what it gave in Python', async () => {
  const findings = await checkExamples({ path: examples, open: askRuntime })
  assert.deepEqual([...new Set(findings.map(({ model }) => model))].sort(), ['digits', 'iris', 'tickets'])
  assert.deepEqual(
    findings.filter(({ wrong }) => wrong.length > 0),
    [],
  )
})

test('a model that answers something else is found out', async () => {
  const wrong = { name: 'probabilities', datatype: 'FP32', shape: [1, 10], data: new Array(10).fill(0.1) }
  const path = join(examples, 'models', 'digits')
  const findings = await checkExamples({ path, open: () => ({ answer: async () => [wrong], close: async () => {} }) })
  assert.ok(findings.length >= 5 && findings.every((finding) => finding.wrong.length === 1))
})
