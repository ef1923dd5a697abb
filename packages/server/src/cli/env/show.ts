/** `slipway env show`: one environment, with the exact versions that it holds. */
import { join } from 'node:path'
import { LOCK_FILE } from '../../environments/installer.ts'
import { EXIT } from '../exit.ts'
import { sizeText } from '../size-text.ts'
import type { EnvVerb } from './context.ts'
import { environmentOf } from './reference.ts'
import { timeText } from './time-text.ts'

export const show: EnvVerb = async (context) => {
  const { output, paths } = context
  const one = await environmentOf(paths[0] as string, context)
  const lock = join(one.folder, LOCK_FILE)
  if (output.json) {
    output.document({ ...one, usedAt: new Date(one.usedAt).toISOString(), lock })
    return EXIT.ok
  }
  const facts = [
    ['Environment', one.id],
    ['Python', `${one.pythonVersion}, ${one.python}`],
    ['Asked for', one.requirements.join(', ')],
    ['By', one.source === '' ? 'no file; what the worker needs' : one.source],
    ['Locked in', lock],
    ['Size', sizeText(one.sizeBytes)],
    ['Built', `${timeText(Date.parse(one.builtAt))} UTC`],
    ['Last used', one.inUse ? 'open in a running process' : `${timeText(one.usedAt)} UTC`],
  ]
  for (const [name = '', value = ''] of facts) output.line(`${output.paint('dim', name.padEnd(12))}${output.paint('plain', value)}`)
  output.line()
  output.table(
    [{ heading: 'Package' }, { heading: 'Version' }],
    one.packages.map(({ name, version }) => [name, version]),
  )
  return EXIT.ok
}
