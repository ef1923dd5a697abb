/** A model's configuration in the words of Triton's ModelConfig. Source: triton-inference-server/common protobuf/model_config.proto. */
import type { TensorSpec } from '@slipway/protocol'
import type { VersionPolicy } from '../../models/manifest-schema.ts'
import type { Revision } from '../../serving/revision.ts'

/** The message as JSON with the proto's own field names, defaults written out as Triton does. Version numbers past 2^53 are strings. */
export function modelConfig(revision: Revision): Readonly<Record<string, unknown>> {
  const { model, batching, plan, settings } = revision
  const { inputs, outputs } = revision.package.facts.signature
  const hasRows = batching.on
  const isPython = revision.package.python !== undefined
  return {
    name: model,
    // Triton's Python backend has no platform.
    platform: isPython ? '' : 'onnxruntime_onnx',
    backend: isPython ? 'python' : 'onnxruntime',
    runtime: '',
    version_policy: versionPolicy(revision.package.manifest.versions),
    max_batch_size: hasRows ? batching.maxRows : 0,
    input: inputs.map((spec) => ({
      name: spec.name,
      data_type: dataType(spec),
      format: 'FORMAT_NONE',
      ...dimensions(spec, hasRows),
      is_shape_tensor: false,
      allow_ragged_batch: false,
      optional: spec.optional === true,
    })),
    output: outputs.map((spec) => ({
      name: spec.name,
      data_type: dataType(spec),
      ...dimensions(spec, hasRows),
      label_filename: '',
      is_shape_tensor: false,
    })),
    batch_input: [],
    batch_output: [],
    optimization: OPTIMIZATION,
    instance_group: [{ ...INSTANCES, name: model, count: plan.replicas }],
    default_model_filename: isPython ? 'model.py' : 'model.onnx',
    cc_model_filenames: {},
    metric_tags: {},
    parameters: {},
    model_warmup: [],
    ...(hasRows ? { dynamic_batching: dynamicBatching(settings.batching.maxDelayMs) } : {}),
  }
}

const OPTIMIZATION = {
  priority: 'PRIORITY_DEFAULT',
  input_pinned_memory: { enable: false },
  output_pinned_memory: { enable: false },
  gather_kernel_buffer_threshold: 0,
  eager_batching: false,
}

const INSTANCES = { kind: 'KIND_CPU', gpus: [], secondary_devices: [], profile: [], passive: false, host_policy: '' }

const dynamicBatching = (maxDelayMs: number) => ({
  preferred_batch_size: [],
  max_queue_delay_microseconds: Math.round(maxDelayMs * 1000),
  preserve_ordering: false,
  priority_levels: 0,
  default_priority_level: 0,
  priority_queue_policy: {},
})

const dataType = ({ datatype }: TensorSpec): string => (datatype === 'BYTES' ? 'TYPE_STRING' : `TYPE_${datatype}`)

/** Without the rows, where those are joined. A tensor of nothing but rows is `[1]` reshaped to `[]`, since dims may not be empty. */
function dimensions(
  { shape, unknownRank }: TensorSpec,
  hasRows: boolean,
): { readonly dims: readonly number[]; readonly reshape?: unknown } {
  if (unknownRank === true) return { dims: [-1] }
  const dims = hasRows ? shape.slice(1) : shape
  return dims.length > 0 ? { dims } : { dims: [1], reshape: { shape: [] } }
}

function versionPolicy(policy: VersionPolicy): unknown {
  if (policy.kind === 'all') return { all: {} }
  if (policy.kind === 'latest') return { latest: { num_versions: policy.count } }
  return { specific: { versions: policy.versions.map((version) => (Number.isSafeInteger(Number(version)) ? Number(version) : version)) } }
}
