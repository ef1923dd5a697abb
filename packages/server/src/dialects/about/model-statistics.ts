/** Cumulative figures of a model version in the form of Triton's statistics extension, which perf_analyzer samples. Source: Triton's docs/protocol/extension_statistics.md. */
import type { Total } from '../../observe/totals.ts'
import type { DataPlane } from '../../serving/data-plane.ts'
import type { Revision } from '../../serving/revision.ts'

/** Of one version, of all versions of a model, or of all models. Throws NOT_FOUND for what is not loaded. */
export function modelStatistics(
  dataPlane: DataPlane,
  model: string | undefined,
  version: string | undefined,
): { readonly model_stats: readonly unknown[] } {
  if (model === undefined)
    return { model_stats: [...dataPlane.table.values()].flatMap(({ versions }) => [...versions.values()].map(statisticsOf)) }
  const revision = dataPlane.revision(model, version)
  const all = version === undefined ? [...(dataPlane.table.get(model)?.versions.values() ?? [revision])] : [revision]
  return { model_stats: all.map(statisticsOf) }
}

const NEVER: Total = { count: 0, ms: 0 }
const duration = ({ count, ms }: Total) => ({ count, ns: Math.round(ms * 1e6) })

function statisticsOf({ model, version, metrics, cache }: Revision): unknown {
  const totals = metrics.totals()
  const cached = cache?.metrics.totals()
  return {
    name: model,
    version,
    last_inference: totals.lastAnsweredAt,
    inference_count: totals.rows,
    execution_count: totals.runs,
    inference_stats: {
      success: duration(totals.answered),
      fail: duration(totals.failed),
      queue: duration(totals.queue),
      compute_input: duration(totals.input),
      compute_infer: duration(totals.infer),
      compute_output: duration(totals.output),
      cache_hit: duration(cached?.hit ?? NEVER),
      cache_miss: duration(cached?.miss ?? NEVER),
    },
    response_stats: {},
    batch_stats: totals.byRows.map(({ rows, input, infer, output }) => ({
      batch_size: rows,
      compute_input: duration(input),
      compute_infer: duration(infer),
      compute_output: duration(output),
    })),
    memory_usage: [],
  }
}
