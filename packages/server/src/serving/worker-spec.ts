/** What a worker of a model is told, for serving it and for measuring it alike. */
import type { Machine } from '../base/machine.ts'
import type { ModelPackage } from '../models/package.ts'
import type { ModelSettings } from '../models/settings.ts'
import type { WorkerSpec } from '../replicas/carrier.ts'
import type { Shape } from './plan.ts'

/** Of the machine's memory, what all replicas of a model may hold together unless its owner says otherwise. */
const MODELS_SHARE = 0.8

export function workerSpec(
  pkg: ModelPackage,
  settings: Pick<ModelSettings, 'limits' | 'replicas'>,
  { shape, machine }: { readonly shape: Shape; readonly machine: Pick<Machine, 'memoryBytes'> },
): WorkerSpec {
  const share = Math.floor((machine.memoryBytes * MODELS_SHARE) / shape.replicas)
  return {
    runtime: pkg.python === undefined ? 'onnxruntime' : 'python',
    modelPath: pkg.modelPath,
    threads: shape.threads,
    spinning: shape.spinning,
    providers: settings.replicas.providers,
    signature: pkg.facts.signature,
    ...(pkg.python === undefined
      ? {}
      : { python: { packager: pkg.python.packager, batched: pkg.python.batched, config: pkg.python.config } }),
    ...(pkg.fixedRows === undefined ? {} : { fixedRows: pkg.fixedRows }),
    defaults: pkg.facts.defaults,
    transforms: pkg.transforms,
    memoryBytes: settings.limits.memoryBytes === 'auto' ? share : settings.limits.memoryBytes,
  }
}
