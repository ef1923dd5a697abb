/** An environment as people name it: its id, the beginning of one, or the path of a Python project. */
import { stat } from 'node:fs/promises'
import { quoted } from '@slipway/protocol'
import { listEnvironments, type StoredEnvironment } from '../../environments/shelf.ts'
import { CommandError, EXIT } from '../exit.ts'
import { type EnvContext, usesOf } from './context.ts'

/** Throws what is wrong: none of that name, several, not built yet. */
export async function environmentOf(reference: string, context: EnvContext): Promise<StoredEnvironment> {
  const all = await listEnvironments(context.folder, context.clock)
  if (/^[0-9a-f]{1,16}$/.test(reference)) {
    const fit = all.filter(({ id }) => id.startsWith(reference))
    if (fit.length > 1) throw new CommandError(EXIT.usage, `${quoted(reference)} begins several ids: ${fit.map(({ id }) => id).join(', ')}`)
    if (fit[0] !== undefined) return fit[0]
    if (!(await isThere(reference)))
      throw new CommandError(
        EXIT.notFound,
        `there is no environment ${quoted(reference)} in ${context.folder}; slipway env list shows those there are`,
      )
  }
  return environmentOfProject(reference, all, context)
}

async function environmentOfProject(
  path: string,
  all: readonly StoredEnvironment[],
  { environments }: EnvContext,
): Promise<StoredEnvironment> {
  const { uses, unread } = await usesOf([path], environments)
  const ids = [...new Set(uses.map(({ id }) => id))]
  const [id] = ids
  if (id === undefined && unread[0] !== undefined) throw new CommandError(EXIT.failed, unread[0].why)
  if (id === undefined)
    throw new CommandError(EXIT.notFound, `${quoted(path)} holds no Python project, and ONNX models need no environment`)
  if (ids.length > 1)
    throw new CommandError(
      EXIT.usage,
      `${quoted(path)} needs several environments; name one: ${uses.map(({ model, version, id: own }) => `${own} (${model} ${version})`).join(', ')}`,
    )
  const built = all.find((one) => one.id === id)
  if (built !== undefined) return built
  throw new CommandError(EXIT.failed, `the environment of ${quoted(path)} (${id}) is not built yet; slipway inspect ${path} builds it`)
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
