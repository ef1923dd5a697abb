import { quoted } from '@slipway/protocol'
import { nearest } from '../../base/nearest.ts'
import { type Command, defineCommand } from '../command.ts'
import { type EnvVerb, envContext } from '../env/context.ts'
import { diff } from '../env/diff.ts'
import { list } from '../env/list.ts'
import { prune } from '../env/prune.ts'
import { show } from '../env/show.ts'
import { CommandError, EXIT } from '../exit.ts'

interface Verb {
  readonly run: EnvVerb
  readonly takes: string
  readonly counts: readonly [least: number, most: number]
  readonly takesModels: boolean
}

const ANY = Number.POSITIVE_INFINITY
const VERBS: Readonly<Record<string, Verb>> = {
  list: { run: list, takes: '[PATH…]', counts: [0, ANY], takesModels: true },
  show: { run: show, takes: 'ID|PATH', counts: [1, 1], takesModels: false },
  diff: { run: diff, takes: 'ID|PATH ID|PATH', counts: [2, 2], takesModels: false },
  prune: { run: prune, takes: '[PATH…]', counts: [0, ANY], takesModels: true },
}

export const env: Command = defineCommand({
  name: 'env',
  summary: 'Isolated Python environments: env list, show, diff, prune.',
  takes: 'list|show|diff|prune [ID|PATH…]',
  counts: [1, ANY],
  options: {
    'unused-for': { type: 'number', value: 'DAYS', help: 'prune: only those that nothing has used for so long.' },
    all: { type: 'boolean', help: 'prune: also those that models use; they are built again when needed.' },
    'dry-run': { type: 'boolean', help: 'prune: only say what would be removed.' },
    config: { type: 'string', value: 'FILE', help: 'A settings file to read in place of slipway.yaml.' },
  },
  examples: [
    ['slipway env list', 'what is built, its size, and which models of this project use it'],
    ['slipway env show churn/', 'the exact versions that a project runs with'],
    ['slipway env diff 3f09 churn/', 'what an upgrade changed'],
    ['slipway env prune --dry-run', 'what no model of this project uses'],
  ],
  run: async ({ options, paths: [name = '', ...paths] }, { output }) => {
    const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
    if (verb === undefined) throw unknown(name)
    const [least, most] = verb.counts
    if (paths.length < least || paths.length > most)
      throw new CommandError(
        EXIT.usage,
        `slipway env ${name} takes ${verb.takes}, got ${paths.length === 0 ? 'none' : paths.map(quoted).join(' ')}`,
      )
    const days = options['unused-for']
    if (days !== undefined && days < 0) throw new CommandError(EXIT.usage, `--unused-for must be 0 or more days, got ${days}`)
    const { config, ...rest } = options
    return verb.run(await envContext({ output, paths, config, takesModels: verb.takesModels, options: rest }))
  },
})

function unknown(name: string): CommandError {
  const meant = nearest(name, Object.keys(VERBS))
  const hint = meant === undefined ? `it knows ${Object.keys(VERBS).join(', ')}` : `did you mean ${quoted(meant)}?`
  return new CommandError(EXIT.usage, `slipway env knows no ${quoted(name)}; ${hint}`)
}
