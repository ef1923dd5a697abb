import { valueText } from '../../config/quantities.ts'
import type { LoadedConfig } from '../../config/schema.ts'
import { withoutPassword } from '../../config/secrets.ts'
import { type Command, defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import { loadSettings } from '../settings.ts'

interface Setting {
  /** `limits.deadlineMs` */
  readonly path: string
  readonly value: unknown
  readonly origin: string
}

export const config: Command = defineCommand({
  name: 'config',
  summary: 'Every effective setting and where it came from.',
  takes: '[PROJECT]',
  counts: [0, 1],
  options: {
    config: { type: 'string', value: 'FILE', help: 'A settings file to read in place of slipway.yaml.' },
  },
  examples: [
    ['slipway config', 'the settings of the project in this folder'],
    ['SLIPWAY_PORT=9000 slipway config --json', 'with a variable, as JSON'],
  ],
  run: async ({ options, paths }, { output }) => {
    const { loaded } = await loadSettings({ paths, config: options.config })
    const settings = listSettings(loaded)
    if (output.json) {
      output.document({ ...(loaded.file === undefined ? {} : { file: loaded.file }), settings })
      return EXIT.ok
    }
    output.table(
      [{ heading: 'Setting' }, { heading: 'From' }, { heading: 'Value' }],
      settings.map(({ path, value, origin }) => [path, origin, valueText(value)]),
    )
    output.line()
    output.line(output.paint('dim', loaded.file === undefined ? 'No settings file was read.' : `Settings file: ${loaded.file}`))
    return EXIT.ok
  },
})

/** In the order of the origins, which is that of the reference. */
function listSettings({ config: values, origins }: LoadedConfig): readonly Setting[] {
  return [...origins].map(([path, origin]) => ({ path, value: withoutPassword(valueAt(values, path)), origin }))
}

function valueAt(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Readonly<Record<string, unknown>>)[key], tree)
}
