/** What the environment of a conversion holds: what the model was made with, and the converter of its framework. */
import { ServeError } from '@slipway/protocol'
import type { EnvironmentSpec } from '../environments/environment.ts'
import { packageName, readEnvironmentSpec } from '../environments/requirements.ts'
import type { Source, SourceKind } from './source.ts'

/** onnxmltools imports packaging and does not ask for it. */
const ONNXMLTOOLS = ['onnxmltools', 'packaging']

/** The framework itself, where no requirements name it, and what turns its models into ONNX. */
const NEEDS: Readonly<Record<SourceKind, { readonly framework: readonly string[]; readonly converters: readonly string[] }>> = {
  pickle: { framework: ['scikit-learn'], converters: ['skl2onnx', 'onnx', 'joblib'] },
  xgboost: { framework: ['xgboost', 'scikit-learn'], converters: [...ONNXMLTOOLS, 'skl2onnx', 'onnx'] },
  lightgbm: { framework: ['lightgbm', 'scikit-learn'], converters: [...ONNXMLTOOLS, 'skl2onnx', 'onnx'] },
  catboost: { framework: ['catboost'], converters: ['onnx', 'skl2onnx', 'scikit-learn'] },
  pt2: { framework: ['torch'], converters: ['onnx', 'onnxscript'] },
  torchscript: { framework: ['torch'], converters: ['onnx', 'onnxscript'] },
  factory: { framework: ['torch'], converters: ['onnx', 'onnxscript'] },
  savedmodel: { framework: ['tensorflow-cpu'], converters: ['tf2onnx', 'onnx'] },
  keras: { framework: ['tensorflow-cpu'], converters: ['tf2onnx', 'onnx'] },
}

/** The same library under another name. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  'tensorflow-cpu': ['tensorflow', 'tensorflow-gpu', 'tf-nightly'],
  xgboost: ['xgboost-cpu'],
}
const BOOSTED = ['xgboost', 'xgboost-cpu', 'lightgbm', 'catboost']

export interface NeedsOptions {
  /** A version of Python or what it must meet. */
  readonly python?: string | undefined
  /** The format of the data needs a package of its own. */
  readonly parquet: boolean
}

/** From the requirements beside the model; where there are none, from what the file says of itself. */
export async function needsOf(source: Source, { python, parquet }: NeedsOptions): Promise<EnvironmentSpec> {
  const spec = await readEnvironmentSpec(source.folder, 'slipway')
  const has = (requirements: readonly string[], name: string) =>
    requirements.some((one) => [name, ...(ALSO[name] ?? [])].includes(packageName(one)))
  const listed = [...spec.requirements]
  const { framework, converters } = NEEDS[source.kind]
  const written = source.packages.length > 0 ? source.packages : framework
  for (const one of written) if (!has(listed, packageName(one))) listed.push(one)
  const boosted = source.kind === 'pickle' && BOOSTED.some((name) => has(listed, name)) ? ONNXMLTOOLS : []
  for (const one of [...framework, ...converters, ...boosted, ...(parquet ? ['pandas', 'pyarrow'] : [])])
    if (!has(listed, packageName(one))) listed.push(one)
  // What wrote the file also reads it, where nobody asks for another version.
  const exact = source.packages.filter((one) => one.includes('==') && spec.requirements.some((own) => own.trim() === packageName(one)))
  return {
    ...spec,
    requirements: listed,
    constraints: [...(spec.constraints ?? []), ...exact],
    ...(python === undefined ? {} : { python }),
    source: spec.source === '' ? source.name : spec.source,
  }
}

/** What is said besides when an environment could not be built for want of a list of packages. */
export const withHint = (error: unknown, source: Source): unknown =>
  error instanceof ServeError && source.packages.some((one) => one.includes('=='))
    ? new ServeError(
        error.code,
        `${error.message}\n${source.name} was written with ${source.packages.join(', ')}; a version of Python that these have wheels for can be chosen with --python`,
        { cause: error },
      )
    : error
