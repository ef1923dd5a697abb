import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { NO_MANIFEST, parseManifest } from '../../src/models/manifest.ts'
import { settingsFor } from '../../src/models/settings.ts'
import { folderWith } from '../support/temporary-folder.ts'

const refused = (yaml: string): string => {
  try {
    parseManifest(yaml)
  } catch (error) {
    return (error as Error).message
  }
  return assert.fail(`${yaml} was taken`)
}

test('everything is optional', () => {
  assert.deepEqual(parseManifest(''), NO_MANIFEST)
  assert.deepEqual(NO_MANIFEST.versions, { kind: 'latest', count: 1 })
})

test('a whole manifest is read with its defaults filled in', () => {
  const manifest = parseManifest(`
task: image-classification
description: Handwritten digits
inputs:
  image: { kind: image, channels: 3, width: 8, height: 8, mean: [0.1, 0.2, 0.3], layout: NHWC, draw: true, crop: ink }
  words: { kind: text }
  row: { kind: features, names: [a, b], ranges: [{ min: 0, max: 2, typical: 1 }, { min: 0, max: 1, typical: 0 }] }
outputs:
  scores: { kind: scores, labels: [zero, 1, true] }
  answer: { kind: label }
batching: { maxRows: 8 }
replicas: { threads: 2, providers: [cpu] }
versions: [1, "3"]
limits: { bodyBytes: 1MB }
metrics: { accuracy: 0.978 }
`)
  assert.deepEqual(manifest.inputs.image, {
    kind: 'image',
    channels: 3,
    width: 8,
    height: 8,
    mean: [0.1, 0.2, 0.3],
    layout: 'NHWC',
    draw: true,
    crop: 'ink',
    fit: 'contain',
    invert: false,
    std: 1,
  })
  assert.deepEqual(manifest.outputs.scores, { kind: 'scores', labels: ['zero', '1', 'true'] })
  assert.deepEqual(manifest.versions, { kind: 'only', versions: ['1', '3'] })
  assert.deepEqual(manifest.limits, { bodyBytes: 1_000_000 })
})

test('version policies', () => {
  assert.deepEqual(parseManifest('versions: latest(3)').versions, { kind: 'latest', count: 3 })
  assert.deepEqual(parseManifest('versions: all').versions, { kind: 'all' })
  for (const bad of ['latest', 'latest(0)', '[]', '[0]', 'newest'])
    assert.match(refused(`versions: ${bad}`), /model\.yaml, line 1: versions/, bad)
})

test('an unknown key is refused with its line and what was meant, at any depth', () => {
  assert.equal(refused('task: raw\ndescripton: x\n'), 'model.yaml, line 2: descripton is not a setting; did you mean description?')
  assert.equal(
    refused('inputs:\n  image:\n    kind: image\n    widht: 8\n'),
    'model.yaml, line 4: inputs.image.widht is not a setting; did you mean width?',
  )
  assert.match(refused('batching: { maxRow: 3 }'), /did you mean maxRows\?/)
})

test('settings without effect are refused with a sentence', () => {
  assert.match(refused('transform: ./transform.ts'), /has no effect in this version; remove it/)
  assert.match(refused('replicas: { providers: [cpu, cuda] }'), /model\.yaml, line 1: replicas\.providers\[1\] comes after cpu/)
  assert.match(refused('limits: { inFlightBytes: 1MB }'), /bounds all models together; set it in slipway\.yaml/)
})

test('what is said of a Python model is checked', () => {
  const { signature, python, allowCode } = parseManifest(
    'signature: { inputs: { x: { datatype: FP32, shape: [-1, 4] } } }\npython: { version: "3.11" }\nallowCode: true',
  )
  assert.deepEqual(signature, { inputs: { x: { datatype: 'FP32', shape: [-1, 4] } }, outputs: {} })
  assert.deepEqual([python, allowCode], [{ version: '3.11', variables: {} }, true])
  assert.match(
    refused('signature: { inputs: { x: { datatype: float32, shape: [-1] } } }'),
    /signature\.inputs\.x\.datatype must be one of BOOL/,
  )
  assert.match(refused('python: { version: 3.10 }'), /python\.version must be a version in quotes/)
  assert.match(refused('python: { packager: flask }'), /python\.packager must be one of slipway, sagemaker/)
  assert.match(refused('python: { variables: { "a b": c } }'), /variable/)
})

test('values that make no sense are refused', () => {
  assert.match(refused('inputs: { x: { kind: sound } }'), /inputs\.x\.kind must be image, text or features/)
  assert.match(refused('inputs: { x: { kind: image, channels: 2 } }'), /must be 1 \(grey\), 3 \(RGB\) or 4 \(RGBA\), got "2"/)
  assert.match(refused('inputs: { x: { kind: image, std: 0 } }'), /std must not be 0/)
  assert.match(refused('inputs: { x: { kind: features, names: [a], ranges: [] } }'), /ranges must have as many entries as names/)
  assert.match(refused('inputs: { x: { kind: features, names: [a], ranges: [{ min: 1, max: 0, typical: 0 }] } }'), /min ≤ typical ≤ max/)
  assert.match(refused('task: image-classifcation'), /did you mean image-classification\?/)
  assert.match(refused('metrics: { accuracy: good }'), /metrics\.accuracy must be a number, got "good"/)
})

test('how to keep answers is refused where none are kept', async () => {
  const { config } = await loadConfig({ folder: await folderWith({}), env: {} })
  const cacheOf = (yaml: string) => settingsFor(config, parseManifest(yaml)).cache
  assert.throws(() => cacheOf('cache: { ttlMs: 1 }'), /cache\.ttlMs has no effect without cache\.maxBytes/)
  assert.throws(() => cacheOf('cache: { maxBytes: off, force: true }'), /cache\.force has no effect/)
  assert.deepEqual(cacheOf('cache: { maxBytes: 1MB, ttlMs: 5 }'), { maxBytes: 1_000_000, ttlMs: 5, force: false })
  assert.match(refused('cache: { redis: "redis://h" }'), /cache\.redis is not a setting/)
})

test('a manifest overrides the server’s settings one by one', async () => {
  const { config } = await loadConfig({ folder: await folderWith({}), env: {} })
  const settings = settingsFor(
    config,
    parseManifest('targetP99Ms: 50\nlimits: { deadlineMs: 5 }\nreplicas: { count: 2, providers: [cpu] }\nbatching: { maxDelayMs: 3 }\n'),
  )
  assert.deepEqual(settings, {
    limits: { deadlineMs: 5, runMs: 30_000, openMs: 300_000, maxQueueRows: 1024, bodyBytes: 64_000_000, memoryBytes: 'auto' },
    batching: { maxRows: 64, maxDelayMs: 3 },
    cache: { maxBytes: 'off', ttlMs: 60_000, force: false },
    replicas: { count: 2, threads: 'auto', isolation: 'process', measure: true, providers: [{ name: 'cpu', options: {} }] },
    targetP99Ms: 50,
    golden: 'refuse',
  })
})
