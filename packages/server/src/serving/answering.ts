/** What stands between a request and the replicas of a revision, in every process that answers HTTP: the layers in the order written here. */
import type { CacheInfo, Tensors } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import type { ModelPackage } from '../models/package.ts'
import type { ModelSettings } from '../models/settings.ts'
import type { CacheMetrics, Kept } from '../observe/cache-metrics.ts'
import type { Logger } from '../observe/logger.ts'
import type { ModelMetrics } from '../observe/model-metrics.ts'
import type { Runner } from '../replicas/pool.ts'
import { createKeyOf } from './answers/key.ts'
import { whyNotRepeatable } from './answers/repeatable.ts'
import type { SharedAnswers } from './answers/shared.ts'
import { Forecast } from './batching/forecast.ts'
import type { RunTime } from './batching/run-times.ts'
import { type BatchingChoice, mayDiffer } from './batching-choice.ts'
import { exampleInputs } from './example-inputs.ts'
import { type Infer, stack } from './infer.ts'
import { Batcher } from './layers/batch.ts'
import { Cache } from './layers/cache.ts'
import { classify } from './layers/classify.ts'
import { meter } from './layers/meter.ts'
import { schedule } from './layers/schedule.ts'
import { validate } from './layers/validate.ts'
import type { Plan } from './plan.ts'
import { FREE_SIZES, sampleInputs } from './samples.ts'
import { withTracebacks } from './tracebacks.ts'

export interface AnsweringDeps {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: ModelMetrics
  /** Asked for once, where the model has a response cache. */
  cacheMetrics(): CacheMetrics
  /** What the caches of other processes keep of the same answers. */
  keptElsewhere?(): Kept
  readonly runner: Runner
  readonly batching: Pick<BatchingChoice, 'on' | 'maxRows' | 'mixedShapes' | 'ragged'>
  /** What runs were measured to take, where they were. */
  readonly curve: Plan['curve']
  readonly sharedAnswers?: SharedAnswers | undefined
}

export interface RevisionCache {
  info(): CacheInfo
  readonly metrics: CacheMetrics
}

export interface Answering {
  readonly infer: Infer
  readonly batcher: Pick<Batcher, 'queueRows'>
  /** Absent where the settings ask for none. */
  readonly cache: RevisionCache | undefined
  learned(): readonly RunTime[]
  /** Forgets what was learned of another plan. */
  relearn(curve: Plan['curve']): void
  /** Requests that came so far. */
  asked(): number
  /** Resolves once everything that was let in is answered, and empties the cache. */
  drain(): Promise<void>
}

export async function createAnswering(pkg: ModelPackage, settings: ModelSettings, deps: AnsweringDeps): Promise<Answering> {
  const { name: model, version } = pkg
  const { clock, metrics } = deps
  const runner = pkg.python === undefined ? deps.runner : withTracebacks(deps.runner, { model, version }, deps.logger)
  const { on, maxRows, mixedShapes, ragged } = deps.batching
  const forecast = new Forecast({ maxRows, seed: seedOf(pkg, deps.curve) })
  const batcher = new Batcher({
    model,
    version,
    runner,
    clock,
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
  const cache = await cacheOf(pkg, settings, runner, deps)
  const answer = stack(
    [
      meter(metrics, clock),
      schedule(clock),
      classify(pkg.outputs, on ? 'rows joined' : 'rows apart'),
      validate(model, pkg.facts.signature, pkg.inputs),
      ...(cache instanceof Cache ? [cache.layer] : []),
    ],
    batcher.infer,
  )
  let asked = 0
  return {
    batcher,
    cache,
    infer: (request, context) => {
      asked += 1
      return answer(request, context)
    },
    asked: () => asked,
    learned: () => forecast.learned(),
    relearn: (curve) => forecast.relearn(seedOf(pkg, curve)),
    drain: async () => {
      await drained(cache, batcher)
      if (cache instanceof Cache) cache.clear()
    },
  }
}

/** A run may yet start for those whose leader gave up, so the cache is waited for first. */
async function drained(cache: RevisionCache | undefined, batcher: Batcher): Promise<void> {
  if (cache instanceof Cache) await cache.drain()
  await batcher.drain()
}

const CODE = 'it is Python code, which may answer the same request otherwise the next time'

/** The cache, or for a model whose answers must not be kept only what there is to say of it. */
async function cacheOf(
  pkg: ModelPackage,
  settings: ModelSettings,
  runner: Pick<Runner, 'run'>,
  deps: AnsweringDeps,
): Promise<RevisionCache | undefined> {
  const { maxBytes, ttlMs, force } = settings.cache
  if (maxBytes === 'off') return undefined
  const { name: model, version, digest } = pkg
  const { clock, logger } = deps
  const about = { model, version }
  const metrics = deps.cacheMetrics()
  const run = async (inputs: Tensors) => (await runner.run([inputs], [])).outputs
  const why = force ? undefined : pkg.python !== undefined ? CODE : await whyNotRepeatable(pkg.facts.operators, warmUpInputs(pkg)[0], run)
  if (why !== undefined) {
    logger.warn(about, `cache.maxBytes is set, but no answer is kept: ${why}; cache.force: true keeps them all the same`)
    const nothing = { bytes: 0, entries: 0, evictions: 0 }
    return { info: () => ({ on: false, why, maxBytes, ttlMs, ...nothing, requests: metrics.counts() }), metrics }
  }
  return new Cache({
    ...about,
    maxBytes,
    ttlMs,
    keyOf: createKeyOf({ ...about, digest }),
    clock,
    metrics,
    shared: deps.sharedAnswers,
    keptElsewhere: deps.keptElsewhere,
    onWorth: (on, why) => logger.info({ ...about, event: 'cache', on }, `the response cache is turned ${on ? 'on' : 'off'}: ${why}`),
  })
}

const MOST_WARM_UPS = 3

export function warmUpInputs(pkg: ModelPackage): readonly Tensors[] {
  const given = exampleInputs(pkg).slice(0, MOST_WARM_UPS)
  return given.length > 0 ? given : FREE_SIZES.slice(0, 1).map((free) => sampleInputs(pkg.facts.signature, 1, { seed: 1, free }))
}

/** What was measured of a plan, by rows; of no use where those differ in size. */
const seedOf = (pkg: ModelPackage, curve: Plan['curve']): readonly RunTime[] => (mayDiffer(pkg) ? [] : (curve ?? []))
