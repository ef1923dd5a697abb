import { NotBuilt } from '../../environments/environments.ts'
import { describeFailure, openModels } from '../packages.ts'
import { type Check, type Finding, ok } from './check.ts'

/** Reads every model that would be served, as serving it would. */
export const models: Check = {
  name: 'Models',
  run: async ({ paths, config }) => {
    if (paths.length === 0) {
      return {
        status: 'warning',
        what: 'no model is named',
        why: 'Neither the command line nor slipway.yaml names one.',
        next: 'slipway doctor PATH    (a .onnx file, a package or a repository)',
      }
    }
    try {
      // What is looked at builds nothing: an environment is made when its model is first opened.
      const environments = {
        folder: config instanceof Error ? '.slipway/envs' : config.config.environments.folder,
        build: 'never' as const,
      }
      await using opened = await openModels(paths, { config: { environments } })
      return judge(
        opened.packages.map(({ name }) => name),
        opened.failures,
      )
    } catch (error) {
      return {
        status: 'failed',
        what: 'no model can be served',
        why: describeFailure(error),
        next: 'slipway inspect PATH    (says what a file holds)',
      }
    }
  },
}

interface Failure {
  readonly name: string
  readonly path: string
  readonly error: unknown
}

function judge(names: readonly string[], all: readonly Failure[]): Finding {
  const unbuilt = all.filter(({ error }) => error instanceof NotBuilt)
  const failures = all.filter((failure) => !unbuilt.includes(failure))
  const [worst] = failures
  if (worst === undefined && unbuilt[0] !== undefined)
    return {
      status: 'warning',
      what: `no Python environment yet for ${unbuilt.map(({ name }) => name).join(', ')}`,
      why: 'It is built when the model is first opened, which needs a package index and takes a while.',
      next: `slipway inspect ${unbuilt[0].path}    (builds it)`,
    }
  if (worst === undefined) return ok(`${names.length} readable: ${names.join(', ')}`)
  return {
    status: 'failed',
    what: `${failures.length} of ${names.length + failures.length} cannot be served: ${failures.map(({ name }) => name).join(', ')}`,
    why: describeFailure(worst.error),
    next: `slipway inspect ${worst.path}`,
  }
}
