import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { generatedDocs } from '../generated-docs.ts'
import { inRoot } from '../workspace.ts'

for (const [path, text] of generatedDocs())
  test(`${path} is what the sources say; "npm run docs" writes it`, async () => {
    assert.equal(await readFile(inRoot(path), 'utf8'), text)
  })
