import { readFile } from 'node:fs/promises'
import { listNvidia } from '../../base/nvidia.ts'
import { deviceVariables } from '../../config/load.ts'
import type { Provider, ProviderName } from '../../config/provider.ts'
import { parseManifest } from '../../models/manifest.ts'
import { findPackages } from '../../models/repository.ts'
import { installSteps, librariesOf, missingLibraries, missingText, whereLooked } from '../../runtimes/libraries.ts'
import { type Check, type CheckContext, type Finding, ok } from './check.ts'

/** Whether what models are to run by besides the CPU has its files and its devices. */
export const providers: Check = {
  name: 'Execution providers',
  run: async (context) => {
    const lists = await listsOf(context)
    const names = new Set(lists.flat().map(({ name }) => name))
    const devices = (await listNvidia()).map(
      ({ id, name, driver, memoryBytes }) => `device ${id}: ${name}, ${(memoryBytes / 1e9).toFixed(1)} GB, driver ${driver}`,
    )
    for (const name of names) {
      const missing = missingLibraries(name)
      if (missing.length > 0) return incomplete(name, missing, lists)
    }
    return ok([[...names].join(', '), ...devices].join('; '))
  },
}

/** Those of the settings, and those of the models that have their own. */
async function listsOf({ config, paths }: CheckContext): Promise<readonly (readonly Provider[])[]> {
  const own = config instanceof Error ? [] : [config.config.replicas.providers]
  // What cannot be read is told of by the checks of the configuration and the models.
  const found = await findPackages(paths).catch(() => [])
  const theirs = await Promise.all(
    found.map(async ({ manifestPath }) => {
      if (manifestPath === undefined) return undefined
      const text = await readFile(manifestPath, 'utf8').catch(() => '')
      try {
        return parseManifest(text).replicas.providers
      } catch {
        return undefined
      }
    }),
  )
  return [...own, ...theirs.filter((list) => list !== undefined)]
}

function incomplete(name: ProviderName, missing: ReturnType<typeof missingLibraries>, lists: readonly (readonly Provider[])[]): Finding {
  const strict = lists.some((list) => list.some((one) => one.name === name) && list.at(-1)?.name !== 'cpu')
  const becomes = strict ? 'a model that must run by it is refused' : 'its models run by the CPU instead'
  const [first = '', ...others] = installSteps(missing)
  return {
    status: strict ? 'failed' : 'warning',
    what: `${name} lacks ${missing.length} of its ${librariesOf(name).length} files; ${becomes}`,
    why: [
      `Not there: ${missingText(missing)}.`,
      `${whereLooked(missing, deviceVariables().LD_LIBRARY_PATH ?? '')}.`,
      ...others.map((step) => `Then: ${step}`),
    ].join('\n'),
    next: first,
  }
}
