/** Revisions of made-up models that answer in this process: `double` gives each input back times two. */
import { type InputInfo, type OutputInfo, type ServeError, type Signature, type Tensor, tensor } from '@slipway/protocol'
import type { Packager } from '../../src/config/packager.ts'
import { NO_MANIFEST } from '../../src/models/manifest.ts'
import type { ModelPackage } from '../../src/models/package.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { createModelMetrics } from '../../src/observe/model-metrics.ts'
import { createDataPlane, type DataPlane } from '../../src/serving/data-plane.ts'
import { type Infer, stack } from '../../src/serving/infer.ts'
import { classify } from '../../src/serving/layers/classify.ts'
import { meter } from '../../src/serving/layers/meter.ts'
import { schedule } from '../../src/serving/layers/schedule.ts'
import { validate } from '../../src/serving/layers/validate.ts'
import type { Revision } from '../../src/serving/revision.ts'
import { fakeClock } from './clock.ts'

export interface FakeModel {
  readonly name: string
  readonly version?: string
  readonly signature: Signature
  readonly inputs?: readonly InputInfo[]
  readonly outputs?: readonly OutputInfo[]
  /** Names of inputs that take an encoded image. */
  readonly images?: readonly string[]
  /** Whose project it is, for one in Python. */
  readonly packager?: Packager
  readonly entry?: string
  /** Its script reads bodies itself. */
  readonly takesBody?: boolean
  /** Answers in place of doubling. */
  readonly infer?: Infer
}

const spec = (name: string, datatype: 'FP32' | 'INT64' | 'BYTES', shape: readonly number[]) =>
  ({ name, datatype, shape, symbols: shape.map((size) => (size < 0 ? 'batch' : null)) }) as const

/** One input of two numbers a row, one output. */
export const PAIRS: FakeModel = {
  name: 'pairs',
  signature: { inputs: [spec('x', 'FP32', [-1, 2])], outputs: [spec('y', 'FP32', [-1, 2])] },
}
/** Two inputs and two outputs of different datatypes. */
export const MIXED: FakeModel = {
  name: 'mixed',
  signature: {
    inputs: [spec('a', 'FP32', [-1, 2]), spec('n', 'INT64', [-1])],
    outputs: [spec('b', 'FP32', [-1, 2]), spec('m', 'INT64', [-1])],
  },
}

const CAT_OR_DOG: OutputInfo = { ...spec('scores', 'FP32', [-1, 2]), as: { kind: 'scores', labels: ['cat', 'dog'] } }
/** One input that takes encoded pictures, and the scores of two labels: 0.1 and 0.9 for every row. */
export const PICTURES: FakeModel = {
  name: 'pictures',
  images: ['image'],
  outputs: [CAT_OR_DOG],
  signature: { inputs: [spec('image', 'FP32', [-1, 4])], outputs: [CAT_OR_DOG] },
  infer: async ({ inputs }) => {
    const rows = inputs.get('image')?.shape[0] ?? 0
    const data = Float32Array.from({ length: rows * 2 }, (_, index) => (index % 2 === 0 ? 0.1 : 0.9))
    const outputs = new Map([['scores', tensor('FP32', [rows, 2], data)]])
    return { model: 'pictures', version: '1', outputs, phases: { infer: 1 }, rows, batchRows: rows }
  },
}
/** One text a row, given back as it is. */
export const TEXTS: FakeModel = {
  name: 'texts',
  signature: { inputs: [spec('text', 'BYTES', [-1])], outputs: [spec('same', 'BYTES', [-1])] },
}

/** The i-th output is the i-th input, times two where it is numbers. */
const doubling =
  (model: FakeModel): Infer =>
  async (request) => {
    const given = [...request.inputs.values()]
    const outputs = new Map(model.signature.outputs.map((output, index) => [output.name, doubled(given[index % given.length] as Tensor)]))
    const rows = given[0]?.shape[0] ?? 1
    const response = {
      model: model.name,
      version: model.version ?? '1',
      outputs,
      phases: { queue: 0.5, infer: 1.25 },
      rows,
      batchRows: rows + 1,
    }
    return request.id === undefined ? response : { ...response, id: request.id }
  }

function doubled(value: Tensor): Tensor {
  if (value.datatype === 'BYTES') return value
  if (value.datatype === 'INT64')
    return tensor(
      'INT64',
      value.shape,
      value.data.map((one) => one * 2n),
    )
  return tensor(
    value.datatype,
    value.shape,
    (value.data as Float32Array).map((one) => one * 2),
  )
}

function fakeRevision(model: FakeModel): Revision {
  const { name, version = '1', signature, images = [] } = model
  const clock = fakeClock()
  const metrics = createModelMetrics(createMetrics(), { model: name, version, clock })
  const inputs =
    model.inputs ??
    signature.inputs.map((input) => ({
      ...input,
      as: images.includes(input.name) ? ({ kind: 'image' } as InputInfo['as']) : { kind: 'tensor' as const },
    }))
  const outputs = model.outputs ?? signature.outputs.map((output) => ({ ...output, as: { kind: 'tensor' as const } }))
  const pkg = {
    name,
    version,
    digest: `sha256:${'0'.repeat(64)}`,
    facts: { signature, batch: { batchable: true }, rewrites: [], labels: new Map() },
    manifest: NO_MANIFEST,
    inputs,
    outputs,
    python:
      model.packager === undefined ? undefined : { packager: model.packager, entry: model.entry, takesBody: model.takesBody === true },
    transforms: images.map((input) => ({ input, image: {} })),
    examples: [],
  } as unknown as ModelPackage
  return {
    model: name,
    version,
    package: pkg,
    infer: stack(
      [meter(metrics, clock), schedule(clock), classify(outputs, 'rows joined'), validate(name, signature, inputs)],
      model.infer ?? doubling(model),
    ),
    settings: { batching: { maxRows: 64, maxDelayMs: 2 }, limits: {}, replicas: {} },
    plan: { replicas: 2, threads: 1, spinning: false, why: '' },
    execution: { providers: [{ name: 'cpu', options: {} }], provider: 'cpu', wanted: 'cpu' },
    batching: { on: true, maxRows: 64, why: '' },
    metrics,
    broken: () => undefined,
  } as unknown as Revision
}

/** A table of these models; several of one name are its versions, the last one serving. */
export function fakeDataPlane(...models: readonly FakeModel[]): DataPlane {
  const plane = createDataPlane(() => undefined)
  const names = [...new Set(models.map(({ name }) => name))]
  plane.apply(
    new Map(
      names.map((name) => {
        const versions = new Map(models.filter((model) => model.name === name).map((model) => [model.version ?? '1', fakeRevision(model)]))
        return [name, { name, versions, serving: [...versions.values()].at(-1) as Revision }]
      }),
    ),
  )
  return plane
}

/** Fails every request with this. */
export const failing =
  (error: ServeError): Infer =>
  async () => {
    throw error
  }
