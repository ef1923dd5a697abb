import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { typesFor } from '@slipway/client'
import { quoted } from '@slipway/protocol'
import { type Command, defineCommand } from '../command.ts'
import { connect, told } from '../connection.ts'
import { CommandError, EXIT } from '../exit.ts'

export const client: Command = defineCommand({
  name: 'client',
  summary: 'TypeScript types for every model on a server.',
  takes: '[URL]',
  counts: [0, 1],
  options: {
    out: { type: 'string', short: 'o', value: 'FILE', help: 'The .ts file to write; printed when absent.' },
    force: { type: 'boolean', help: 'Replace a file that this command has not written.' },
    'dry-run': { type: 'boolean', help: 'Only say what would be written.' },
  },
  examples: [
    ['slipway client --out src/models.ts', 'types of the models on http://127.0.0.1:8080'],
    ['slipway client https://models.example.org --out src/models.ts', 'of another server'],
  ],
  run: async ({ options, paths }, { output }) => {
    const models = await told(connect(paths[0] ?? 'http://127.0.0.1:8080').models())
    const text = typesFor(models)
    const names = models.map(({ name }) => name)
    if (options.out === undefined) {
      if (output.json) output.document({ models: names, text })
      else output.line(text.trimEnd())
      return EXIT.ok
    }
    const changed = !existsSync(options.out) || (await readFile(options.out, 'utf8')) !== text
    if (existsSync(options.out) && !options.force && !(await isOwn(options.out, text)))
      throw new CommandError(
        EXIT.conflict,
        `${quoted(options.out)} is there and was not written by this command; name another --out, or replace it with --force`,
      )
    const dryRun = options['dry-run']
    if (changed && !dryRun) {
      await mkdir(dirname(options.out), { recursive: true })
      await writeFile(options.out, text)
    }
    if (output.json) output.document({ file: options.out, models: names, changed, dryRun })
    else
      output.line(
        `${changed ? (dryRun ? 'Would write' : 'Wrote') : 'Nothing changed in'} ${options.out}: types of ${names.join(', ') || 'no model'}`,
      )
    return EXIT.ok
  },
})

/** True for a file that begins as `typesFor` begins. */
async function isOwn(file: string, text: string): Promise<boolean> {
  const [first = ''] = text.split('\n')
  return (await readFile(file, 'utf8')).startsWith(first)
}
