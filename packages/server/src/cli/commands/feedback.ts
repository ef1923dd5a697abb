import { quoted } from '@slipway/protocol'
import { nearest } from '../../base/nearest.ts'
import { type Command, defineCommand } from '../command.ts'
import { CommandError, EXIT } from '../exit.ts'
import { countDataSet, DATA_SET_FORMATS, dataSetPlace, isWritten, type Written, writeDataSet } from '../feedback-data-set.ts'
import { type FeedbackSource, remoteFeedback, storedFeedback } from '../feedback-source.ts'
import { loadSettings } from '../settings.ts'

export const feedback: Command = defineCommand({
  name: 'feedback',
  summary: 'Answers that people marked, as a data set: feedback export.',
  takes: 'export [PROJECT]',
  counts: [1, 2],
  options: {
    model: { type: 'string', short: 'm', value: 'NAME', help: 'The model whose answers were marked.' },
    out: { type: 'string', short: 'o', value: 'DIR|FILE', help: 'A folder, or a file of rows; pictures are written beside it.' },
    format: { type: 'string', oneOf: DATA_SET_FORMATS, help: 'How rows are written, where the name of the file does not tell.' },
    url: { type: 'string', value: 'URL', help: 'A running server to ask; the store of the project when absent.' },
    config: { type: 'string', value: 'FILE', help: 'A settings file to read in place of slipway.yaml.' },
    force: { type: 'boolean', help: 'Replace a file of rows that is there already.' },
    'dry-run': { type: 'boolean', help: 'Only say how much would be written.' },
  },
  examples: [
    ['slipway feedback export --model digits --out marked', 'marked/feedback.jsonl and marked/pictures/'],
    ['slipway feedback export --model iris --out iris.csv', 'a table'],
    ['slipway feedback export --model digits --out marked --url http://127.0.0.1:8080', 'from a running server'],
  ],
  run: async ({ options, paths }, { output }) => {
    const [what, ...project] = paths
    if (what !== 'export') throw notExport(what as string)
    const { model, out } = options
    if (model === undefined)
      throw new CommandError(EXIT.usage, 'slipway feedback export needs the model whose answers were marked: --model NAME')
    if (out === undefined)
      throw new CommandError(EXIT.usage, 'slipway feedback export needs a place for the data set: --out DIR, or --out FILE')
    const place = dataSetPlace(out, options.format)
    const dryRun = options['dry-run']
    if (!dryRun && !options.force && (await isWritten(place)))
      throw new CommandError(EXIT.conflict, `${quoted(place.file)} is there already; name another --out, or replace it with --force`)
    await using source = await open(model, { url: options.url, config: options.config, project })
    if (!(await hasAny(source)))
      throw new CommandError(EXIT.notFound, `no answer of model ${quoted(model)} was marked yet; looked in ${source.name}`)
    const written = dryRun ? await countDataSet(source) : await writeDataSet(source, place)
    if (output.json) output.document({ file: place.file, format: place.format, ...written, dryRun })
    else output.line(`${dryRun ? 'Would write' : 'Wrote'} ${amount(written)} to ${place.file}`)
    return EXIT.ok
  },
})

function notExport(what: string): CommandError {
  const hint = nearest(what, ['export']) === undefined ? 'it knows "export"' : 'did you mean "export"?'
  return new CommandError(EXIT.usage, `slipway feedback knows no ${quoted(what)}; ${hint}`)
}

interface Place {
  readonly url: string | undefined
  readonly config: string | undefined
  readonly project: readonly string[]
}

async function open(model: string, { url, config, project }: Place): Promise<FeedbackSource> {
  if (url === undefined) return storedFeedback((await loadSettings({ paths: project, config })).loaded.config.store.url, model)
  if (config !== undefined || project.length > 0)
    throw new CommandError(EXIT.usage, '--url asks a running server, so no project and no --config can be named with it')
  return remoteFeedback(url, model)
}

async function hasAny(source: FeedbackSource): Promise<boolean> {
  for await (const _ of source.entries()) return true
  return false
}

function amount({ rows, pictures }: Written): string {
  const count = (number: number, one: string) => `${number} ${one}${number === 1 ? '' : 's'}`
  return pictures === 0 ? count(rows, 'row') : `${count(rows, 'row')} and ${count(pictures, 'picture')}`
}
