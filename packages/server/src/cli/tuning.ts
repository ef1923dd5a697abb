/** All that a tuning needs of this machine: what to try, how to open it, where its trials are kept. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { composeRevisions } from '../app/compose.ts'
import { systemClock } from '../base/clock.ts'
import { readCpu } from '../base/cpu.ts'
import { freeMemory, readMachine } from '../base/machine.ts'
import type { Provider } from '../config/provider.ts'
import { providers as providerList } from '../config/provider-schema.ts'
import type { Config } from '../config/schema.ts'
import type { ModelPackage } from '../models/package.ts'
import { settingsFor } from '../models/settings.ts'
import { workerBytes } from '../models/size.ts'
import { createLogger } from '../observe/logger.ts'
import { createMetrics } from '../observe/metrics.ts'
import { engineVersion } from '../runtimes/catalog.ts'
import { openRevision } from '../serving/revision.ts'
import type { Setting } from '../tune/setting.ts'
import { spaceOf } from '../tune/space.ts'
import { openTuneState } from '../tune/state.ts'
import type { TuningOptions } from '../tune/tuning.ts'
import { CommandError, EXIT } from './exit.ts'

export interface TuningRequest {
  /** What was asked for; the model's own, or none, when absent. */
  readonly p99Ms: number | undefined
  readonly providers: readonly string[]
  readonly mode: 'anew' | 'resume'
  readonly signal: AbortSignal
}

type Prepared = Pick<TuningOptions, 'space' | 'state' | 'open' | 'targetP99Ms'> & AsyncDisposable

export async function prepareTuning(pkg: ModelPackage, config: Config, request: TuningRequest): Promise<Prepared> {
  const lists = new Map(request.providers.map((list) => [list, providersOf(list)]))
  const [machine, cpu] = [readMachine(), readCpu()]
  const mostReplicas = Math.max(1, Math.floor(freeMemory() / (await workerBytes(dirname(pkg.modelPath)))))
  const own = settingsFor(config, pkg.manifest)
  const base = { ...own, targetP99Ms: request.p99Ms ?? own.targetP99Ms }
  const space = spaceOf({
    room: { cpus: machine.cpus, cores: cpu.cores, mostReplicas },
    parameters: pkg.facts.parameters,
    batching: base.batching,
    batchable: pkg.facts.batch.batchable,
    providers: request.providers,
  })
  const path = join(dirname(config.replicas.planFolder), 'tune', `${pkg.digest.replace('sha256:', '').slice(0, 32)}.json`)
  const key = {
    digest: pkg.digest,
    target: base.targetP99Ms ?? null,
    providers: request.providers.join(';'),
    cpu: cpu.model,
    cpus: machine.cpus,
    engine: engineVersion(),
  }
  const state = await openTuneState(path, key, request.mode)
  const privateFolder = await mkdtemp(join(tmpdir(), 'slipway-'))
  const logger = createLogger({ level: config.log.level === 'debug' ? 'debug' : 'error', format: config.log.format })
  const deps = composeRevisions({ config, clock: systemClock, machine, logger, metrics: createMetrics(), privateFolder })
  const open = ({ replicas, threads, maxRows, maxDelayMs, providers }: Setting) => {
    const chosen = providers === undefined ? {} : { providers: lists.get(providers) as readonly Provider[] }
    const settings = {
      ...base,
      replicas: { ...base.replicas, ...chosen, count: replicas, threads },
      batching: { ...base.batching, maxRows, maxDelayMs },
      // The same examples are sent again and again; answers that are kept would say nothing of the model.
      cache: { ...base.cache, maxBytes: 'off' as const },
    }
    return openRevision(pkg, settings, { ...deps, signal: request.signal })
  }
  const targetP99Ms = base.targetP99Ms ?? Number.POSITIVE_INFINITY
  return { space, state, open, targetP99Ms, [Symbol.asyncDispose]: () => rm(privateFolder, { recursive: true, force: true }) }
}

/** `cuda,cpu` as the settings have it. */
function providersOf(list: string): readonly Provider[] {
  const parsed = providerList.safeParse(list.split(',').filter((name) => name !== ''))
  if (parsed.success) return parsed.data
  throw new CommandError(EXIT.usage, `--providers: ${parsed.error.issues[0]?.message ?? 'expected lists such as "cuda,cpu;cpu"'}`)
}
