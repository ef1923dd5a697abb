/** How each dialect asks a model for the same rows. */
import { nest } from './nested.ts'
import { writePlain } from './plain-json.ts'
import { type GivenTensor, tensorOctets } from './tensor-octets.ts'

/** A POST that asks for a prediction. */
export interface DialectRequest {
  readonly path: string
  readonly contentType: string
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Uint8Array<ArrayBuffer>
}

export interface Asked {
  readonly model: string
  readonly tensors: readonly GivenTensor[]
}

export interface DialectSample {
  readonly id: string
  readonly label: string
  /** True where the route names no model, so that the server's default model answers. */
  readonly isUnnamed?: true
  /** Undefined where the dialect cannot say it. */
  request(asked: Asked): DialectRequest | undefined
}

type Path = (model: string) => string

const whole = ({ flat, shape }: GivenTensor): unknown => nest(flat, shape)
const byName = (tensors: readonly GivenTensor[]): unknown => new Map(tensors.map((tensor) => [tensor.name, whole(tensor)]))

/** One element for each row: the value of the only input, else an object of all. Undefined when the inputs have no rows in common. */
function rowsOf(tensors: readonly GivenTensor[]): readonly unknown[] | undefined {
  const [first] = tensors
  const count = first?.shape[0]
  if (first === undefined || count === undefined || tensors.some(({ shape }) => shape[0] !== count)) return undefined
  const columns = tensors.map((tensor) => [tensor.name, whole(tensor) as readonly unknown[]] as const)
  if (tensors.length === 1) return columns[0]?.[1]
  return Array.from({ length: count }, (_, row) => new Map(columns.map(([name, values]) => [name, values[row]])))
}

const json = (path: string, body: unknown): DialectRequest => ({ path, contentType: 'application/json', body: writePlain(body) })

/** A dialect whose body holds rows. */
const rowDialect = (path: Path, wrap: (rows: readonly unknown[]) => unknown): DialectSample['request'] => {
  return ({ model, tensors }) => {
    const rows = rowsOf(tensors)
    return rows === undefined ? undefined : json(path(encodeURIComponent(model)), wrap(rows))
  }
}

const v2Path: Path = (model) => `/v2/models/${encodeURIComponent(model)}/infer`

function v2Binary({ model, tensors }: Asked): DialectRequest | undefined {
  const octets = tensors.map(tensorOctets)
  if (!octets.every((one) => one !== undefined)) return undefined
  const inputs = tensors.map(({ name, shape, datatype }, index) => ({
    name,
    shape,
    datatype,
    parameters: { binary_data_size: octets[index]?.length },
  }))
  const head = new TextEncoder().encode(writePlain({ inputs }))
  return {
    path: v2Path(model),
    contentType: 'application/octet-stream',
    headers: { 'inference-header-content-length': String(head.length) },
    body: joined([head, ...octets]),
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.byteLength
  }
  return whole
}

export const DIALECTS: readonly DialectSample[] = [
  {
    id: 'v2',
    label: 'Open Inference Protocol V2 (KServe, Triton), JSON',
    request: ({ model, tensors }) => {
      const inputs = tensors.map(({ name, shape, datatype, flat }) => ({ name, shape, datatype, data: flat }))
      return json(v2Path(model), { inputs })
    },
  },
  { id: 'v2-binary', label: 'Open Inference Protocol V2 (KServe, Triton), binary', request: v2Binary },
  {
    id: 'tfserving-rows',
    label: 'TensorFlow Serving, rows',
    request: rowDialect(
      (model) => `/v1/models/${model}:predict`,
      (instances) => ({ instances }),
    ),
  },
  {
    id: 'tfserving-columns',
    label: 'TensorFlow Serving, columns',
    request: ({ model, tensors }) => json(`/v1/models/${encodeURIComponent(model)}:predict`, { inputs: byName(tensors) }),
  },
  {
    id: 'kserve-v1',
    label: 'KServe V1',
    request: rowDialect(
      (model) => `/v1/models/${model}:predict`,
      (instances) => ({ instances }),
    ),
  },
  {
    id: 'sagemaker',
    label: 'SageMaker',
    isUnnamed: true,
    request: rowDialect(
      () => '/invocations',
      (rows) => rows,
    ),
  },
  {
    id: 'vertex',
    label: 'Vertex AI',
    isUnnamed: true,
    request: rowDialect(
      () => '/v1/endpoints/1/deployedModels/1:predict',
      (instances) => ({ instances }),
    ),
  },
  {
    id: 'azure',
    label: 'Azure ML',
    isUnnamed: true,
    request: rowDialect(
      () => '/score',
      (data) => ({ data }),
    ),
  },
  {
    id: 'mlflow',
    label: 'MLflow',
    isUnnamed: true,
    request: rowDialect(
      () => '/invocations',
      (instances) => ({ instances }),
    ),
  },
  {
    id: 'torchserve',
    label: 'TorchServe',
    request: rowDialect(
      (model) => `/predictions/${model}`,
      (instances) => ({ instances }),
    ),
  },
  {
    id: 'seldon',
    label: 'Seldon V1',
    request: rowDialect(
      (model) => `/seldon/${model}/api/v1.0/predictions`,
      (rows) => ({ jsonData: rows }),
    ),
  },
  {
    id: 'cog',
    label: 'Cog',
    isUnnamed: true,
    request: ({ tensors }) => json('/predictions', { input: byName(tensors) }),
  },
  {
    id: 'plain',
    label: 'Plain JSON',
    request: ({ model, tensors }) => json(`/api/v1/models/${encodeURIComponent(model)}/predict`, { inputs: byName(tensors) }),
  },
]
