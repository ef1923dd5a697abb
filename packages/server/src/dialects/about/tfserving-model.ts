/** What TF Serving and KServe V1 say of a model: the state of its versions, and its signature. */
import { type Datatype, quoted, ServeError, type TensorSpec, type VersionInfo, type VersionState } from '@slipway/protocol'
import { errorJson, json } from '../../http/respond.ts'
import type { HttpResponse } from '../../http/route.ts'
import type { DataPlane } from '../../serving/data-plane.ts'
import type { Revision } from '../../serving/revision.ts'

export interface StatusDeps {
  readonly dataPlane: DataPlane
  /** Names of all models known, also of those of which nothing could be loaded. */
  models(): readonly string[]
  /** Every version of a model with its state, the newest first. */
  versions(model: string): readonly VersionInfo[]
}

/** tensorflow_serving/apis/get_model_status.proto. */
const STATES: Readonly<Record<VersionState, string>> = { loading: 'LOADING', ready: 'AVAILABLE', draining: 'UNLOADING', failed: 'END' }

function statusOf({ version, state, reason, loadedAt }: VersionInfo): unknown {
  if (state !== 'failed') return { version, state: STATES[state], status: { error_code: 'OK', error_message: '' } }
  // A version that was loaded and failed comes back by itself; one that did not open has to be mended.
  const code = loadedAt === undefined ? 'FAILED_PRECONDITION' : 'UNAVAILABLE'
  return { version, state: STATES[state], status: { error_code: code, error_message: reason ?? '' } }
}

/** Both clients' status of a model: 200 once a version answers, 503 before. Throws NOT_FOUND for a model that is not known. */
export function modelStatus(deps: StatusDeps, name: string): HttpResponse {
  if (!deps.models().includes(name)) deps.dataPlane.revision(name, undefined)
  const model_version_status = deps.versions(name).map(statusOf)
  const broken = unready(deps.dataPlane, name)
  if (broken === undefined) return json({ name, ready: true, model_version_status })
  const { status, headers } = errorJson(broken)
  return { ...json({ error: broken.message, name, ready: false, model_version_status }, status), headers }
}

/** Why the model does not answer, if so. */
function unready(dataPlane: DataPlane, name: string): ServeError | undefined {
  try {
    const reason = dataPlane.revision(name, undefined).broken()
    return reason === undefined ? undefined : new ServeError('UNAVAILABLE', reason)
  } catch (error) {
    // A model that is known but not in the table is between two states of it: it is not there yet, or no longer.
    if (error instanceof ServeError)
      return error.code === 'UNAVAILABLE' ? error : new ServeError('UNAVAILABLE', `model ${quoted(name)} is not loaded`)
    throw error
  }
}

/** TF Serving's status of one version, whatever its state. Throws NOT_FOUND for a version that is not known. */
export function versionStatus(deps: StatusDeps, name: string, version: string): HttpResponse {
  const model_version_status = versionStatuses(deps, name, version)
  const ready = deps.versions(name).some((one) => one.version === version && one.state === 'ready')
  return json({ name, ready, model_version_status })
}

/** ModelVersionStatus of every version of a model, or of one. Throws NOT_FOUND for what is not known. */
export function versionStatuses(deps: StatusDeps, name: string, version: string | undefined): readonly unknown[] {
  if (!deps.models().includes(name)) deps.dataPlane.revision(name, version)
  const versions = deps.versions(name)
  const asked = versions.filter((one) => version === undefined || one.version === version)
  if (version !== undefined && asked.length === 0)
    throw new ServeError(
      'NOT_FOUND',
      `Could not find version ${quoted(version)} of model ${quoted(name)}; its versions are: ${versions.map((one) => one.version).join(', ') || 'none'}`,
    )
  return asked.map(statusOf)
}

/** tensorflow/core/framework/types.proto. */
const DTYPES: Readonly<Record<Datatype, string>> = {
  BOOL: 'DT_BOOL',
  UINT8: 'DT_UINT8',
  UINT16: 'DT_UINT16',
  UINT32: 'DT_UINT32',
  UINT64: 'DT_UINT64',
  INT8: 'DT_INT8',
  INT16: 'DT_INT16',
  INT32: 'DT_INT32',
  INT64: 'DT_INT64',
  FP16: 'DT_HALF',
  BF16: 'DT_BFLOAT16',
  FP32: 'DT_FLOAT',
  FP64: 'DT_DOUBLE',
  BYTES: 'DT_STRING',
}

/** GetModelMetadataResponse in proto3's JSON: 64-bit integers are strings. */
export function metadata({ model, version, package: { facts } }: Revision): {
  readonly model_spec: unknown
  readonly metadata: { readonly signature_def: { readonly signature_def: unknown } }
} {
  const serving_default = {
    inputs: tensorInfos(facts.signature.inputs),
    outputs: tensorInfos(facts.signature.outputs),
    method_name: 'tensorflow/serving/predict',
    defaults: {},
  }
  return {
    model_spec: { name: model, signature_name: '', version },
    metadata: { signature_def: { signature_def: { serving_default } } },
  }
}

function tensorInfos(specs: readonly TensorSpec[]): unknown {
  return Object.fromEntries(
    specs.map(({ name, datatype, shape, unknownRank = false }) => {
      const dim = unknownRank ? [] : shape.map((size) => ({ size: String(size), name: '' }))
      return [name, { dtype: DTYPES[datatype], tensor_shape: { dim, unknown_rank: unknownRank }, name: `${name}:0` }]
    }),
  )
}
