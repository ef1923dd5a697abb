import { basename } from 'node:path'
import { type Check, ok } from './check.ts'

export const configuration: Check = {
  name: 'Configuration',
  run: async ({ config }) => {
    if (config instanceof Error) {
      return {
        status: 'failed',
        what: 'the settings are not valid',
        why: config.message,
        next: 'slipway config    (after mending it: prints what is in force)',
      }
    }
    const changed = [...config.origins.values()].filter((origin) => origin !== 'default').length
    const file = config.file === undefined ? 'no slipway.yaml' : basename(config.file)
    return ok(`${file}, ${changed} of ${config.origins.size} settings differ from their defaults`)
  },
}
