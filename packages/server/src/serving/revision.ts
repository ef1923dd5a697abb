/** One model version that is open and answers: its pool, its layers in the order written here, its figures. */
import type { CacheInfo, Tensors } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { atMost } from '../base/deadline.ts'
import type { Machine } from '../base/machine.ts'
import { providerText } from '../config/provider.ts'
import type { ModelPackage } from '../models/package.ts'
import type { ModelSettings } from '../models/settings.ts'
import { type CacheMetrics, createCacheMetrics } from '../observe/cache-metrics.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import { createModelMetrics, type ModelMetrics } from '../observe/model-metrics.ts'
import type { Carrier } from '../replicas/carrier.ts'
import { Pool } from '../replicas/pool.ts'
import type { Death } from '../replicas/replica.ts'
import { createKeyOf } from './answers/key.ts'
import { whyNotRepeatable } from './answers/repeatable.ts'
import type { SharedAnswers } from './answers/shared.ts'
import { Forecast } from './batching/forecast.ts'
import type { RunTime } from './batching/run-times.ts'
import { chooseBatching, mayDiffer, raggedOf } from './batching-choice.ts'
import type { Devices } from './devices.ts'
import { exampleInputs } from './example-inputs.ts'
import { type Execution, firstUsable } from './execution.ts'
import { type Infer, stack } from './infer.ts'
import { Batcher } from './layers/batch.ts'
import { Cache } from './layers/cache.ts'
import { classify } from './layers/classify.ts'
import { meter } from './layers/meter.ts'
import { schedule } from './layers/schedule.ts'
import { validate } from './layers/validate.ts'
import { type Plan, planFor, planForDevice, sameShape } from './plan.ts'
import { FREE_SIZES, sampleInputs } from './samples.ts'
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

export interface RevisionCache {
  info(): CacheInfo
  readonly totals: CacheMetrics['totals']
}

export interface RevisionDeps {
  readonly carriers: Readonly<Record<'process' | 'inline', Carrier>>
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
  /** Gives up opening when it is aborted. */
  readonly signal?: AbortSignal
}

/**
 * Opens all replicas, warms them up and proves whether rows may be joined, by the first of the model's providers that can be used.
 * Rejects, with nothing left behind, when the model does not open.
 */
export async function openRevision(pkg: ModelPackage, settings: ModelSettings, deps: RevisionDeps): Promise<Revision> {
  const about = { model: pkg.name, version: pkg.version }
  const { providers } = settings.replicas
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
    const { package: pkg, on, maxRows, why, mixedShapes, ragged } = batching
    if (batching.raggedRefused !== undefined)
      deps.logger.warn({ model, version }, `batching.pad is set, but lengths are not joined: ${batching.raggedRefused}`)
    const forecast = new Forecast({ maxRows, seed: seedOf(pkg, plan) })
    const batcher = new Batcher({
      model,
      version,
      runner: pool,
      clock: deps.clock,
      maxRows,
      maxDelayMs: settings.batching.maxDelayMs,
      maxQueueRows: settings.limits.maxQueueRows,
      mixedShapes,
      ragged,
      fixedRows: pkg.fixedRows,
      forecast,
      targetP99Ms: settings.targetP99Ms,
      onRun: metrics.ran,
    })
    const cache = await cacheOf(pkg, settings, pool, deps)
    metrics.follow({ queueRows: () => batcher.queueRows, replicas: () => ({ ready: pool.ready, wanted: pool.wanted }) })
    let asked = 0
    const answer = stack(
      [
        meter(metrics, deps.clock),
        schedule(deps.clock),
        classify(pkg.outputs, on ? 'rows joined' : 'rows apart'),
        validate(model, pkg.onnx.signature, pkg.inputs),
        ...(cache instanceof Cache ? [cache.layer] : []),
      ],
      batcher.infer,
    )
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
        learned: () => forecast.learned(),
      },
      infer: (request, context) => {
        asked += 1
        return answer(request, context)
      },
      metrics,
      ...(cache === undefined ? {} : { cache }),
      pids: () => pool.pids,
      asked: () => asked,
      idle: () => batcher.queueRows === 0 && pool.free() === pool.ready,
      replan: async (next) => {
        const fleet = { spec: workerSpec(pkg, settings, { shape: next, machine: deps.machine }), replicas: next.replicas }
        if (!sameShape(next, plan)) await pool.replace(fleet, 2 * settings.limits.runMs)
        forecast.relearn(seedOf(pkg, next))
        plan = next
      },
      broken: () => pool.broken()?.message,
      close: async (graceMs) => {
        const endsAt = deps.clock.monotonic() + graceMs
        await atMost(deps.clock, graceMs, drained(cache, batcher))
        if (cache instanceof Cache) cache.clear()
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

/** A run may yet start for those whose leader gave up, so the cache is waited for first. */
async function drained(cache: RevisionCache | undefined, batcher: Batcher): Promise<void> {
  if (cache instanceof Cache) await cache.drain()
  await batcher.drain()
}

/** The cache, or for a model whose answers must not be kept only what there is to say of it. */
async function cacheOf(pkg: ModelPackage, settings: ModelSettings, pool: Pool, deps: RevisionDeps): Promise<RevisionCache | undefined> {
  const { maxBytes, ttlMs, force } = settings.cache
  if (maxBytes === 'off') return undefined
  const { name: model, version, digest } = pkg
  const { clock, logger } = deps
  const about = { model, version }
  const metrics = createCacheMetrics(deps.metrics, about)
  const run = async (inputs: Tensors) => (await pool.run([inputs], [])).outputs
  const why = force ? undefined : await whyNotRepeatable(pkg.onnx.operators, warmUpInputs(pkg)[0], run)
  if (why !== undefined) {
    logger.warn(about, `cache.maxBytes is set, but no answer is kept: ${why}; cache.force: true keeps them all the same`)
    const nothing = { bytes: 0, entries: 0, evictions: 0 }
    return { info: () => ({ on: false, why, maxBytes, ttlMs, ...nothing, requests: metrics.counts() }), totals: metrics.totals }
  }
  return new Cache({
    ...about,
    maxBytes,
    ttlMs,
    keyOf: createKeyOf({ ...about, digest }),
    clock,
    metrics,
    shared: deps.sharedAnswers,
    onWorth: (on, why) => logger.info({ ...about, event: 'cache', on }, `the response cache is turned ${on ? 'on' : 'off'}: ${why}`),
  })
}

function planOf({ providers: [first] }: Execution, pkg: ModelPackage, { settings, deps }: Opening): Plan {
  if (first !== undefined && first.name !== 'cpu') return planForDevice(providerText(first), settings.replicas)
  return deps.plan ?? planFor(deps.machine, pkg.onnx.parameters, settings.replicas)
}

function createPool(
  pkg: ModelPackage,
  settings: ModelSettings,
  plan: Plan,
  deps: Omit<RevisionDeps, 'metrics'> & { readonly metrics: ModelMetrics },
): Pool {
  const about = { model: pkg.name, version: pkg.version }
  return new Pool({
    carrier: deps.carriers[settings.replicas.isolation],
    spec: workerSpec(pkg, settings, { shape: plan, machine: deps.machine }),
    clock: deps.clock,
    replicas: plan.replicas,
    runMs: settings.limits.runMs,
    openMs: settings.limits.openMs,
    warmUp: warmUpInputs(pkg),
    onLine: (line) => deps.logger.info({ ...about, line }, 'a worker printed a line'),
    onDeath: (death) => recordDeath(death, about, deps),
  })
}

function recordDeath(
  death: Death,
  about: { readonly model: string; readonly version: string },
  deps: { readonly logger: Logger; readonly metrics: ModelMetrics },
): void {
  if (death.cause === 'stopped') return
  const lost = death.lost?.requestIds ?? []
  deps.metrics.died(death.cause === 'run-limit' ? 'killed' : death.cause === 'memory' ? 'memory' : 'crash')
  deps.logger.warn(
    { event: 'replica-died', ...about, cause: death.cause, pid: death.pid, lost, returned: death.unstarted.length },
    `${death.why}; it is being replaced`,
  )
}

const MOST_WARM_UPS = 3

function warmUpInputs(pkg: ModelPackage): readonly Tensors[] {
  const given = exampleInputs(pkg).slice(0, MOST_WARM_UPS)
  return given.length > 0 ? given : FREE_SIZES.slice(0, 1).map((free) => sampleInputs(pkg.onnx.signature, 1, { seed: 1, free }))
}

/** What was measured of a plan, by rows; of no use where those differ in size. */
const seedOf = (pkg: ModelPackage, plan: Plan): readonly RunTime[] => (mayDiffer(pkg) ? [] : (plan.curve ?? []))
