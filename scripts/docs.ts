/** `npm run docs`: writes the documents that are generated from the sources. */
import { writeFile } from 'node:fs/promises'
import { generatedDocs } from './generated-docs.ts'
import { inRoot } from './workspace.ts'

for (const [path, text] of generatedDocs()) {
  await writeFile(inRoot(path), text)
  process.stdout.write(`${path}\n`)
}
