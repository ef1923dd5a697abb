/** One model version that is open and answers: its pool, its layers in the order written here, its figures. */
import { ServeError, type Tensors } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { atMost } from '../base/deadline.ts'
import type { Machine } from '../base/machine.ts'
import { type Provider, providerText } from '../config/provider.ts'
import type { PythonFacts } from '../models/facts.ts'
import type { Manifest } from '../models/manifest-schema.ts'
import type { ModelPackage } from '../models/package.ts'
import type { ModelSettings } from '../models/settings.ts'
import { createCacheMetrics } from '../observe/cache-metrics.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import { createModelMetrics, type ModelMetrics } from '../observe/model-metrics.ts'
import type { Carrier } from '../replicas/carrier.ts'
import { Pool } from '../replicas/pool.ts'
import type { Death } from '../replicas/replica.ts'
import { createAnswering, type RevisionCache, warmUpInputs } from './answering.ts'
import type { SharedAnswers } from './answers/shared.ts'
import type { RunModel } from './batch-proof.ts'
import type { RunTime } from './batching/run-times.ts'
import { chooseBatching, raggedOf } from './batching-choice.ts'
import type { Devices } from './devices.ts'
import { type Execution, firstUsable } from './execution.ts'
import { checkGolden, refuseGolden } from './golden.ts'
import type { Infer } from './infer.ts'
import { NO_PEERS, type Peers } from './peers.ts'
import { type Plan, planFor, planForDevice, planForPython, sameShape } from './plan.ts'
import { workerSpec } from './worker-spec.ts'

export interface Revision {
  readonly model: string
  readonly version: string
  readonly package: ModelPackage
  readonly settings: ModelSettings
  /** What it runs with now. */
  readonly plan: Plan
  /** What runs it, and what was wanted but could not be used. */
  readonly execution: Execution
  readonly batching: {
    readonly on: boolean
    readonly maxRows: number
    readonly why: string
    /** What runs were seen to take on the replica (ms), by rows. */
    learned(): readonly RunTime[]
  }
  readonly infer: Infer
  readonly metrics: ModelMetrics
  /** Absent where the settings ask for none. */
  readonly cache?: RevisionCache
  /** What other processes that answer HTTP need of it; absent in those. */
  readonly shared?: {
    readonly replicas: Pick<Pool, 'addresses' | 'onChange' | 'quietMs' | 'cutAt'>
    /** How requests are joined; see BatchingChoice. */
    readonly mixedShapes: boolean
    readonly ragged: boolean
  }
  /** Process ids of the replicas. */
  pids(): readonly number[]
  /** Why it cannot answer for a while, if so. */
  broken(): string | undefined
  /** Requests that came so far. */
  asked(): number
  /** True while nothing waits and nothing runs. */
  idle(): boolean
  /** Opens and warms up replicas of another plan, then lets the ones there are answer what they hold and end: no request notices. Rejects, with everything as it was, when they do not open. A plan of the same shape only says anew why. */
  replan(plan: Plan): Promise<void>
  /** Answers what waits, then ends its replicas; after `graceMs` they are killed. */
  close(graceMs: number): Promise<void>
}

export interface RevisionDeps {
  readonly carriers: Readonly<Record<'process' | 'inline', Carrier>> & {
    /** For the workers of a Python project, which run in its own environment. */
    python(facts: PythonFacts): Carrier
  }
  readonly clock: Clock
  readonly machine: Machine
  /** What of each device's memory models are counted with. */
  readonly devices: Devices
  readonly metrics: Metrics
  readonly logger: Logger
  /** What it is opened with, where that is known from an earlier start. */
  readonly plan?: Plan | undefined
  /** A tier of kept answers behind this process's own. */
  readonly sharedAnswers?: SharedAnswers | undefined
  /** Other processes that ask the same replicas, where there are any. */
  readonly peers?: Peers | undefined
  /** Gives up opening when it is aborted. */
  readonly signal?: AbortSignal
}

/**
 * Opens all replicas, warms them up and proves whether rows may be joined, by the first of the model's providers that can be used.
 * Rejects, with nothing left behind, when the model does not open.
 */
export async function openRevision(pkg: ModelPackage, settings: ModelSettings, deps: RevisionDeps): Promise<Revision> {
  const about = { model: pkg.name, version: pkg.version }
  if (pkg.python !== undefined) refuseIdle(pkg.manifest, settings)
  // A Python model chooses by itself what it runs on.
  const providers = pkg.python === undefined ? settings.replicas.providers : [CPU]
  const log = (fallback: string) => deps.logger.warn({ event: 'provider-fallback', ...about }, fallback)
  return firstUsable({ providers, signal: deps.signal, onFallback: log }, (execution) => {
    const replicas = { ...settings.replicas, providers: execution.providers }
    return openOn(execution, pkg, { settings: { ...settings, replicas }, deps })
  })
}

interface Opening {
  readonly settings: ModelSettings
  readonly deps: RevisionDeps
}

async function openOn(execution: Execution, given: ModelPackage, { settings, deps }: Opening): Promise<Revision> {
  const { name: model, version } = given
  if (deps.peers !== undefined && settings.replicas.isolation === 'inline') throw inlineBesideOthers()
  raggedOf(given, settings)
  let plan = planOf(execution, given, { settings, deps })
  const device = await deps.devices.reserve({ holder: `${model}@${version}`, providers: execution.providers, replicas: plan.replicas })
  const metrics = createModelMetrics(deps.metrics, { model, version, clock: deps.clock, execution })
  const pool = createPool(given, settings, plan, { ...deps, metrics })
  const giveUp = () => void pool.close(0)
  deps.signal?.addEventListener('abort', giveUp, { once: true })
  try {
    deps.signal?.throwIfAborted()
    await pool.start()
    device.confirm()
    const run = async (inputs: Tensors) => (await pool.run([inputs], [])).outputs
    const batching = await chooseBatching(given, settings, { run, clock: deps.clock })
    const { package: pkg, on, maxRows, why } = batching
    await checkExamples(pkg, settings, { run, logger: deps.logger })
    if (batching.raggedRefused !== undefined)
      deps.logger.warn({ model, version }, `batching.pad is set, but lengths are not joined: ${batching.raggedRefused}`)
    const { curve } = plan
    const peers = () => deps.peers?.figures(model, version) ?? NO_PEERS
    const cacheMetrics = () => createCacheMetrics(deps.metrics, { model, version })
    const keptElsewhere = () => peers().kept
    const answering = await createAnswering(pkg, settings, {
      ...deps,
      metrics,
      cacheMetrics,
      keptElsewhere,
      runner: pool,
      batching,
      curve,
    })
    const { batcher, cache } = answering
    const waiting = () => batcher.queueRows + peers().queueRows
    metrics.follow({ queueRows: waiting, replicas: () => ({ ready: pool.ready, wanted: pool.wanted }) })
    return {
      model,
      version,
      package: pkg,
      settings,
      get plan() {
        return plan
      },
      execution,
      batching: {
        on,
        maxRows: Math.max(1, maxRows),
        why,
        learned: answering.learned,
      },
      infer: answering.infer,
      metrics,
      shared: { replicas: pool, mixedShapes: batching.mixedShapes, ragged: batching.ragged !== undefined },
      ...(cache === undefined ? {} : { cache }),
      pids: () => pool.pids,
      asked: () => answering.asked() + peers().asked,
      idle: () => waiting() === 0 && pool.free() === pool.ready && !peers().running,
      replan: async (next) => {
        const fleet = { spec: workerSpec(pkg, settings, { shape: next, machine: deps.machine }), replicas: next.replicas }
        if (!sameShape(next, plan)) await pool.replace(fleet, 2 * settings.limits.runMs)
        answering.relearn(next.curve)
        plan = next
      },
      broken: () => pool.broken()?.message,
      close: async (graceMs) => {
        const endsAt = deps.clock.monotonic() + graceMs
        await atMost(deps.clock, graceMs, answering.drain())
        await pool.close(Math.max(0, endsAt - deps.clock.monotonic()))
        metrics.close()
        device.release()
      },
    }
  } catch (error) {
    await pool.close(0)
    metrics.close()
    device.release()
    throw error
  } finally {
    deps.signal?.removeEventListener('abort', giveUp)
  }
}

/** Rejects when the model answers its examples otherwise than they say, where that is not to be served. */
async function checkExamples(
  pkg: ModelPackage,
  { golden }: ModelSettings,
  { run, logger }: { readonly run: RunModel; readonly logger: Logger },
): Promise<void> {
  const wrong = golden === 'off' ? [] : await checkGolden(pkg, run)
  if (golden === 'refuse') refuseGolden(wrong)
  for (const sentence of wrong) logger.warn({ event: 'golden-differs', model: pkg.name, version: pkg.version }, sentence)
}

function planOf({ providers: [first] }: Execution, pkg: ModelPackage, { settings, deps }: Opening): Plan {
  if (first !== undefined && first.name !== 'cpu') return planForDevice(providerText(first), settings.replicas)
  if (pkg.python !== undefined) return planForPython(deps.machine, settings.replicas)
  return deps.plan ?? planFor(deps.machine, pkg.facts.parameters, settings.replicas)
}

function createPool(
  pkg: ModelPackage,
  settings: ModelSettings,
  plan: Plan,
  deps: Omit<RevisionDeps, 'metrics'> & { readonly metrics: ModelMetrics },
): Pool {
  const about = { model: pkg.name, version: pkg.version }
  return new Pool({
    carrier: pkg.python === undefined ? deps.carriers[settings.replicas.isolation] : deps.carriers.python(pkg.python),
    spec: workerSpec(pkg, settings, { shape: plan, machine: deps.machine }),
    clock: deps.clock,
    replicas: plan.replicas,
    runMs: settings.limits.runMs,
    openMs: settings.limits.openMs,
    warmUp: warmUpInputs(pkg),
    othersQuietMs: deps.peers?.quietMs,
    onLine: (line) => deps.logger.info({ ...about, line }, 'a worker printed a line'),
    onDeath: (death) => recordDeath(death, about, deps),
  })
}

function recordDeath(
  death: Death,
  about: { readonly model: string; readonly version: string },
  deps: Pick<RevisionDeps, 'logger' | 'peers'> & { readonly metrics: ModelMetrics },
): void {
  if (death.cause === 'stopped') return
  deps.peers?.died(death)
  const lost = death.lost?.requestIds ?? []
  deps.metrics.died(death.cause === 'run-limit' ? 'killed' : death.cause === 'memory' ? 'memory' : 'crash')
  deps.logger.warn(
    { event: 'replica-died', ...about, cause: death.cause, pid: death.pid, lost, returned: death.unstarted.length },
    `${death.why}; it is being replaced`,
  )
}

const CPU: Provider = { name: 'cpu', options: {} }

/** Throws for what has no effect on a Python model. */
function refuseIdle(manifest: Manifest, { replicas }: ModelSettings): void {
  if (replicas.isolation === 'inline')
    throw new ServeError(
      'INVALID_ARGUMENT',
      'isolation: inline has no effect for a Python model, which always runs in processes of its own; use process',
    )
  if (manifest.replicas.providers !== undefined)
    throw new ServeError(
      'INVALID_ARGUMENT',
      'replicas.providers has no effect for a Python model, which chooses in its own code what it runs on; remove it',
    )
}

const inlineBesideOthers = () =>
  new ServeError(
    'INVALID_ARGUMENT',
    'isolation: inline runs a model inside the one HTTP process, and http.workers asks for several; set one of the two back',
  )
