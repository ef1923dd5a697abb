import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { editManifest, writeManifest } from '../../src/models/manifest-edit.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const CHANGE = [
  [['replicas', 'count'], 2],
  [['replicas', 'threads'], 1],
  [['batching', 'maxRows'], 8],
] as const

const WRITTEN = `# what people wrote
task: raw # stays raw
replicas: { threads: 4, isolation: process } # by hand
batching:
  # a comment of its own
  maxDelayMs: 3
metrics: { accuracy: 0.9 }
`

test('values are put where they belong, and comments, order and all else stay', () => {
  assert.equal(
    editManifest(WRITTEN, CHANGE),
    `# what people wrote
task: raw # stays raw
replicas: { threads: 1, isolation: process, count: 2 } # by hand
batching:
  # a comment of its own
  maxDelayMs: 3
  maxRows: 8
metrics: { accuracy: 0.9 }
`,
  )
})

test('an empty manifest, and sections with nothing in them, are filled', () => {
  const expected = 'replicas:\n  count: 2\n  threads: 1\nbatching:\n  maxRows: 8\n'
  assert.equal(editManifest('', CHANGE), expected)
  assert.match(editManifest('# only a comment\n', CHANGE), /^# only a comment\n\n?replicas:/)
})

test('what is no manifest, or would be none, is refused and left alone', async () => {
  assert.throws(() => editManifest('taks: raw\n', CHANGE), { code: 'INVALID_ARGUMENT' })
  assert.throws(() => editManifest('', [[['batching', 'maxRows'], 0]]), { code: 'INVALID_ARGUMENT' })
  const path = join(await temporaryFolder(), 'model.yaml')
  await writeFile(path, 'taks: raw\n')
  await assert.rejects(writeManifest(path, CHANGE))
  assert.equal(await readFile(path, 'utf8'), 'taks: raw\n')
})

test('a file is written whole, also where there was none, and nothing else is left beside it', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'model.yaml')
  await writeManifest(path, CHANGE)
  await writeManifest(path, [[['batching', 'maxRows'], 4]])
  assert.match(await readFile(path, 'utf8'), /maxRows: 4/)
  assert.deepEqual(await readdir(folder), ['model.yaml'])
})
