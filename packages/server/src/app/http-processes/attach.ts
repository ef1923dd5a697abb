/** A revision that another process opened: the same layers before links to its replicas. */
import type { Clock } from '../../base/clock.ts'
import { atMost } from '../../base/deadline.ts'
import { createCacheMetrics } from '../../observe/cache-metrics.ts'
import type { Logger } from '../../observe/logger.ts'
import type { Metrics } from '../../observe/metrics.ts'
import { createModelMetrics } from '../../observe/model-metrics.ts'
import { type Noted, reportedCacheMetrics, reportedMetrics } from '../../observe/reported-metrics.ts'
import { Links, type LinksOptions } from '../../replicas/links.ts'
import { createAnswering } from '../../serving/answering.ts'
import type { SharedAnswers } from '../../serving/answers/shared.ts'
import { raggedOf } from '../../serving/batching-choice.ts'
import type { Revision } from '../../serving/revision.ts'
import type { Report, RevisionPlan, State } from './messages.ts'

export interface AttachDeps extends Omit<LinksOptions, 'runMs'> {
  readonly clock: Clock
  readonly logger: Logger
  readonly registry: Metrics
  readonly sharedAnswers?: SharedAnswers | undefined
}

type Replicas = State['replicas'][number]

export interface Attached {
  readonly revision: Revision
  readonly links: Links
  /** Which replicas there are now. */
  follow(replicas: Replicas): Promise<void>
  /** What was counted since the last call. */
  take(): Omit<Report['revisions'][number], 'id'>
  /** Answers what waits, then lets go of the replicas; after `graceMs` in any case. */
  detach(graceMs: number): Promise<void>
}

export async function attach(opened: RevisionPlan, replicas: Replicas, deps: AttachDeps): Promise<Attached> {
  const { package: pkg, settings, plan, execution, batching } = opened
  const about = { model: pkg.name, version: pkg.version }
  const links = new Links({ ...deps, runMs: settings.limits.runMs })
  await links.set(replicas.addresses, replicas.broken)
  let noted: Noted[] = []
  const note = (one: Noted) => noted.push(one)
  const metrics = reportedMetrics(createModelMetrics(deps.registry, { ...about, clock: deps.clock, execution }), note)
  const ragged = batching.ragged ? raggedOf(pkg, settings) : undefined
  const answering = await createAnswering(pkg, settings, {
    ...deps,
    metrics,
    cacheMetrics: () => reportedCacheMetrics(createCacheMetrics(deps.registry, about), note),
    runner: links,
    batching: { ...batching, ragged },
    curve: plan.curve,
  })
  const { batcher, cache } = answering
  const revision: Revision = {
    ...about,
    package: pkg,
    settings,
    plan,
    execution,
    batching: { on: batching.on, why: batching.why, maxRows: Math.max(1, batching.maxRows), learned: answering.learned },
    infer: answering.infer,
    metrics,
    ...(cache === undefined ? {} : { cache }),
    pids: () => [],
    broken: () => links.broken()?.message,
    asked: answering.asked,
    idle: () => batcher.queueRows === 0 && links.running() === 0,
    replan: () => Promise.reject(new Error('only the supervisor changes a plan')),
    close: async (graceMs) => {
      await atMost(deps.clock, graceMs, answering.drain())
      await links.set([])
    },
  }
  return {
    revision,
    links,
    follow: ({ addresses, broken }) => links.set(addresses, broken),
    take: () => {
      const taken = noted
      noted = []
      const { bytes = 0, entries = 0, evictions = 0 } = cache?.info() ?? {}
      return {
        noted: taken,
        queueRows: batcher.queueRows,
        asked: answering.asked(),
        running: links.running() > 0,
        kept: { bytes, entries, evictions },
      }
    },
    detach: (graceMs) => revision.close(graceMs),
  }
}
