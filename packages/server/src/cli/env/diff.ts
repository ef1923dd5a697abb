/** `slipway env diff`: what an upgrade changed. */
import type { Environment } from '../../environments/environment.ts'
import { EXIT } from '../exit.ts'
import type { EnvVerb } from './context.ts'
import { environmentOf } from './reference.ts'

export interface EnvDifference {
  /** `Python` or a package. */
  readonly name: string
  /** Absent where it is not in that one. */
  readonly before?: string
  readonly after?: string
}

export const diff: EnvVerb = async (context) => {
  const { output, paths } = context
  const [before, after] = [await environmentOf(paths[0] as string, context), await environmentOf(paths[1] as string, context)]
  const differences = differencesOf(before, after)
  if (output.json) output.document({ before: before.id, after: after.id, differences })
  else if (differences.length === 0)
    output.line(before.id === after.id ? `Both are ${before.id}.` : 'The same Python and the same versions of all packages.')
  else
    output.table(
      [{ heading: 'Package' }, { heading: before.id }, { heading: after.id }],
      differences.map((one) => [one.name, one.before ?? '–', one.after ?? '–']),
    )
  return EXIT.ok
}

/** By name; Python itself first. */
export function differencesOf(
  before: Pick<Environment, 'pythonVersion' | 'packages'>,
  after: Pick<Environment, 'pythonVersion' | 'packages'>,
): readonly EnvDifference[] {
  const versions = ({ pythonVersion, packages }: Pick<Environment, 'pythonVersion' | 'packages'>) =>
    new Map([
      ['Python', pythonVersion],
      ...packages.map(({ name, version }) => [name.toLowerCase().replace(/[._]+/g, '-'), version] as const),
    ])
  const [old, now] = [versions(before), versions(after)]
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(
    (a, b) => Number(b === 'Python') - Number(a === 'Python') || (a < b ? -1 : 1),
  )
  return names.flatMap((name) => {
    const [was, is] = [old.get(name), now.get(name)]
    if (was === is) return []
    return [{ name, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }]
  })
}
