/** `slipway env list`: what is built, what it takes of the disk, and which models use it. */
import { listEnvironments, listLeftovers } from '../../environments/shelf.ts'
import { EXIT } from '../exit.ts'
import { sizeText } from '../size-text.ts'
import { type EnvVerb, usesOf } from './context.ts'
import { timeText } from './time-text.ts'

export const list: EnvVerb = async ({ output, folder, clock, models, environments }) => {
  const [all, leftovers, { uses, unread }] = await Promise.all([
    listEnvironments(folder, clock),
    listLeftovers(folder, clock),
    usesOf(models, environments),
  ])
  const usedBy = (id: string) => [...new Set(uses.filter((use) => use.id === id).map(({ model }) => model))]
  const missing = uses.filter(({ id }) => !all.some((one) => one.id === id))
  if (output.json) {
    const built = all.map((one) => ({ ...one, usedAt: new Date(one.usedAt).toISOString(), models: usedBy(one.id) }))
    output.document({
      folder,
      environments: built,
      notBuilt: missing.map(({ id, model, version }) => ({ id, model, version })),
      leftovers,
      unread,
    })
    return EXIT.ok
  }
  if (all.length === 0) output.line(`No environment is built in ${folder}.`)
  else
    output.table(
      [
        { heading: 'Environment' },
        { heading: 'Python' },
        { heading: 'Packages', align: 'right' },
        { heading: 'Size', align: 'right' },
        { heading: 'Last used (UTC)' },
        { heading: 'Models' },
        { heading: 'Asked for' },
      ],
      all.map((one) => [
        one.id,
        one.pythonVersion,
        String(one.packages.length),
        sizeText(one.sizeBytes),
        one.inUse ? 'in use' : timeText(one.usedAt),
        usedBy(one.id).join(', ') || '–',
        one.requirements.join(', '),
      ]),
    )
  for (const { id, model, version } of missing) output.line(`${id} of ${model}, version ${version}, is not built yet.`)
  for (const { model, why } of unread) output.note(`${model}: ${why}`)
  if (leftovers.length > 0) {
    const bytes = leftovers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    output.note(`${leftovers.length} left by processes that are gone (${sizeText(bytes)}); slipway env prune removes them`)
  }
  return EXIT.ok
}
