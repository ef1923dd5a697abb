/** From an opened file to what is known of it, or to the one sentence why it cannot be served. */
import { ServeError } from '@slipway/protocol'
import { batchOf } from './batch.ts'
import { checkExternalData } from './check/external-data.ts'
import { checkFormat, FORMAT_BYTES, looksLikeSavedModel } from './check/format.ts'
import { checkFunctions } from './check/functions.ts'
import { checkOperators, operatorsOf } from './check/operators.ts'
import { checkVersions } from './check/runtime-range.ts'
import { checkTensors, elementsOf } from './check/tensors.ts'
import { addLabels } from './labels.ts'
import { DEFAULT_LIMITS, type OnnxLimits } from './limits.ts'
import type { ExternalFile, OnnxModel } from './model.ts'
import { type FileImage, loadImage } from './proto/image.ts'
import { type ModelProto, readModel } from './proto/model-proto.ts'
import { Tally } from './proto/tally.ts'
import { graphsWithin } from './proto/walk.ts'
import { refusal } from './refusal.ts'
import { rewriteBfloat16 } from './rewrite/bfloat16.ts'
import { rewriteDefaults } from './rewrite/defaults.ts'
import { rewriteOutputs } from './rewrite/outputs.ts'
import { Rewriting } from './rewrite/rewriting.ts'
import { rewriteTextLocale } from './rewrite/text-locale.ts'
import { loweredVersions, rewriteVersions, type Versions } from './rewrite/versions.ts'
import { checkNames, servedInputs, signatureOf } from './signature.ts'
import type { FileSource, Folder } from './source.ts'

export interface ReadOptions extends Partial<OnnxLimits> {
  /**
   * The locale for text operators that name none. Their default, en_US.UTF-8, is missing in most containers, and the runtime then refuses
   * the model; `C.UTF-8` is on every Linux. Without this option the file stays as it is.
   */
  readonly textLocale?: string
}

/**
 * Reads, checks and where needed rewrites an ONNX file. Tensor data is skipped, not read, but for the small defaults of inputs.
 * Throws INVALID_ARGUMENT with a sentence for a person when the file is broken, hostile or nothing the runtime could serve;
 * errors of `source` and `folder` pass through unchanged.
 */
export async function readOnnx(source: FileSource, folder: Folder, { textLocale, ...limits }: ReadOptions = {}): Promise<OnnxModel> {
  const bounds = { ...DEFAULT_LIMITS, ...limits }
  if (source.size === 0) throw refusal('the file is empty; copy it again')
  if (source.size > bounds.fileBytes)
    throw refusal(`the file has ${source.size} bytes; at most ${bounds.fileBytes} are read: keep the weights as external data`)
  const head = await source.read(0, Math.min(FORMAT_BYTES, source.size))
  checkFormat(head)
  const { image, model } = await parse(source, bounds).catch((error: unknown) => {
    throw error instanceof ServeError && looksLikeSavedModel(head)
      ? refusal('the file is no ONNX model but a TensorFlow SavedModel: export it with tf2onnx', error)
      : error
  })
  const { versions, externalFiles } = await check(model, folder, bounds)

  const rewriting = new Rewriting(model, image)
  checkNames(rewriting.view)
  const { inputs, defaults } = rewriteDefaults(rewriting, servedInputs(rewriting.view))
  const outputs = rewriteOutputs(rewriting)
  const signature = signatureOf({ inputs, outputs, defaults })
  addLabels(rewriting, outputs)
  rewriteBfloat16(rewriting, inputs, outputs)
  rewriteVersions(rewriting, versions)
  if (textLocale !== undefined) rewriteTextLocale(rewriting, textLocale)
  const { labels, sentences: rewrites, draft } = rewriting
  return {
    irVersion: model.irVersion,
    producer: model.producer,
    opsets: model.opsets.map(({ domain, version }) => ({ domain, version })),
    signature,
    defaults,
    operators: operatorsOf(model),
    parameters: parametersOf(model),
    sizeBytes: source.size + externalFiles.reduce((sum, { bytes }) => sum + bytes, 0),
    externalFiles,
    batch: batchOf(signature),
    rewrites,
    labels,
    metadata: model.metadata,
    ...(draft.changed ? { rewritten: await draft.apply(source) } : {}),
  }
}

/** Everything that can be said against a model before it is looked at for what it does. */
async function check(
  model: ModelProto,
  folder: Folder,
  limits: OnnxLimits,
): Promise<{ readonly versions: Versions; readonly externalFiles: ExternalFile[] }> {
  checkFunctions(model, limits)
  checkOperators(model)
  const versions = loweredVersions(model)
  checkVersions(model, versions)
  checkTensors(model)
  return { versions, externalFiles: await checkExternalData(model, folder, limits.externalFiles) }
}

async function parse(source: FileSource, limits: OnnxLimits): Promise<{ readonly image: FileImage; readonly model: ModelProto }> {
  const image = await loadImage(source, limits.structureBytes)
  return { image, model: readModel(image, new Tally(limits)) }
}

function parametersOf(model: ModelProto): number {
  let total = 0
  for (const graph of graphsWithin(model.graph)) {
    for (const tensor of graph.initializers) total += elementsOf(tensor)
    for (const { values } of graph.sparseInitializers) if (values !== undefined) total += elementsOf(values)
  }
  return total
}
