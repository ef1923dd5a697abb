/** `slipway env prune`: gives back the disk of environments that no model uses. */
import { listEnvironments, listLeftovers, removeEnvironment, removeLeftover, type StoredEnvironment } from '../../environments/shelf.ts'
import { CommandError, EXIT } from '../exit.ts'
import { sizeText } from '../size-text.ts'
import { type EnvContext, type EnvVerb, usesOf } from './context.ts'

const DAY_MS = 86_400_000

export const prune: EnvVerb = async (context) => {
  const { output, folder, clock, options } = context
  const dryRun = options['dry-run']
  const [all, keep] = [await listEnvironments(folder, clock), await keptIds(context)]
  const since = clock.now() - (options['unused-for'] ?? 0) * DAY_MS
  const unused = all.filter(({ id, usedAt }) => !keep.has(id) && usedAt <= since)
  const open = unused.filter(({ inUse }) => inUse)
  const removed: { readonly id: string; readonly sizeBytes: number }[] = []
  const kept: { readonly id: string; readonly why: string }[] = open.map(({ id }) => ({ id, why: 'open in a running process' }))
  for (const one of unused.filter(({ inUse }) => !inUse)) {
    const why = dryRun ? undefined : await refusal(one, context)
    if (why === undefined) removed.push({ id: one.id, sizeBytes: one.sizeBytes })
    else kept.push({ id: one.id, why })
  }
  const leftovers = await listLeftovers(folder, clock)
  if (!dryRun) for (const one of leftovers) await removeLeftover(folder, one)
  const freed = [...removed, ...leftovers].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (output.json) output.document({ folder, removed, leftovers, kept, freedBytes: freed, dryRun })
  else {
    const verb = dryRun ? 'Would remove' : 'Removed'
    for (const { id, sizeBytes } of removed) output.line(`${verb} ${id} (${sizeText(sizeBytes)})`)
    for (const { name, sizeBytes } of leftovers) output.line(`${verb} ${name}, left by a process that is gone (${sizeText(sizeBytes)})`)
    for (const { id, why } of kept) output.line(`Kept ${id}: ${why}`)
    output.line(
      removed.length + leftovers.length === 0
        ? 'There is nothing to remove.'
        : `${dryRun ? 'That would free' : 'Freed'} ${sizeText(freed)}.`,
    )
  }
  return EXIT.ok
}

/** Environments that a model uses. Throws where that cannot be told, so that none goes by mistake. */
async function keptIds({ models, options, environments, folder }: EnvContext): Promise<ReadonlySet<string>> {
  if (options.all) return new Set()
  if (models.length === 0 && options['unused-for'] === undefined)
    throw new CommandError(
      EXIT.usage,
      `no model is named whose environment is kept: name models, or remove by age with --unused-for DAYS, or everything in ${folder} with --all`,
    )
  const { uses, unread } = await usesOf(models, environments)
  const [bad] = unread
  if (bad !== undefined)
    throw new CommandError(EXIT.failed, `nothing was removed, since it cannot be told which environment ${bad.model} uses: ${bad.why}`)
  return new Set(uses.map(({ id }) => id))
}

/** Why it could not be taken away: a process opened it meanwhile. */
async function refusal({ id }: StoredEnvironment, { folder, clock }: EnvContext): Promise<string | undefined> {
  return removeEnvironment(folder, id, clock).then(
    () => undefined,
    (error: Error) => error.message,
  )
}
