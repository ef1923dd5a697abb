/** The same row in every dialect, against one server, round after round. */
import { type GrpcPlan, modelInferMessage } from './grpc-message.ts'
import { type Load, measureBare, measureGrpc, measureLoad, startAndAsk } from './measure.ts'
import { type Payload, ROW, v2Row } from './payload.ts'
import { median, medianRow, type Pace, type Row } from './rounds.ts'
import { slipway } from './servers.ts'
import type { LoadResult } from './tally.ts'
import type { Verdict } from './targets.ts'

const PORT = 18_614
const GRPC_PORT = 18_615
const CONNECTIONS = 32

/** Two dialects of which neither may cost more than the other. */
const [V2_JSON, TFSERVING_ROWS] = ['V2, JSON', 'TensorFlow Serving, rows']
const MOST_APART = 0.1

const JSON_HEADERS = { 'Content-Type': 'application/json' }

/** The row in each dialect; `expected` is what onnxruntime answers. */
export function dialectPayloads(expected: readonly number[]): ReadonlyMap<string, Payload> {
  const json = (path: string, body: unknown, at: readonly (string | number)[]): Payload => ({
    path,
    headers: JSON_HEADERS,
    body: Buffer.from(JSON.stringify(body)),
    expected: { numbers: expected, at },
  })
  const rows = { instances: [ROW] }
  return new Map([
    ['V2, binary', v2BinaryRow(expected)],
    [V2_JSON, v2Row(expected)],
    [TFSERVING_ROWS, json('/v1/models/mlp64:predict', rows, ['predictions', 0])],
    ['TensorFlow Serving, columns', json('/v1/models/mlp64:predict', { inputs: [ROW] }, ['outputs', 0])],
    ['SageMaker, JSON', json('/invocations', [ROW], ['predictions', 0])],
    ['MLflow', json('/invocations', rows, ['predictions', 0])],
    ['Vertex AI', json('/v1/endpoints/1/deployedModels/1:predict', rows, ['predictions', 0])],
    ['Azure ML', json('/score', { data: [ROW] }, [0])],
    ['TorchServe', json('/predictions/mlp64', rows, ['predictions', 0])],
    ['Seldon V1', json('/api/v1.0/predictions', { data: { ndarray: [ROW] } }, ['data', 'ndarray', 0])],
    ['plain', json('/api/v1/models/mlp64/predict', { inputs: [ROW] }, ['outputs', 'y', 0])],
  ])
}

function v2BinaryRow(expected: readonly number[]): Payload {
  const octets = Float32Array.from(ROW)
  const input = { name: 'x', shape: [1, ROW.length], datatype: 'FP32', parameters: { binary_data_size: octets.byteLength } }
  const head = Buffer.from(JSON.stringify({ inputs: [input], parameters: { binary_data_output: true } }))
  return {
    path: '/v2/models/mlp64/infer',
    headers: { 'Content-Type': 'application/octet-stream', 'Inference-Header-Content-Length': String(head.length) },
    body: Buffer.concat([head, new Uint8Array(octets.buffer)]),
    expected: { numbers: expected, at: 'binary' },
  }
}

export interface DialectFindings {
  /** Medians by dialect, gRPC among them. */
  readonly rows: readonly Row[]
  /** Requests per second of TensorFlow Serving's rows by those of V2's JSON: the median over rounds, since in a round both meet the same machine. */
  readonly rowsByV2: number
}

export async function runDialects(pace: Pace, say: (line: string) => void): Promise<DialectFindings> {
  const { rowAnswer } = await measureBare(30)
  const payloads = [...dialectPayloads(rowAnswer)]
  const server = slipway('mlp64.onnx', PORT, ['--grpc-port', String(GRPC_PORT)])
  const { running } = await startAndAsk(server, v2Row(rowAnswer))
  const load: Load = { connections: CONNECTIONS, warmUpMs: pace.warmUpMs, measureMs: pace.measureMs }
  const grpc: GrpcPlan = { ...load, port: GRPC_PORT, body: modelInferMessage(ROW).toString('base64'), expected: rowAnswer }
  const results = new Map<string, LoadResult[]>(payloads.map(([name]) => [name, []]))
  const overGrpc: LoadResult[] = []
  try {
    for (let round = 1; round <= pace.rounds; round += 1) {
      say(`round ${round} of ${pace.rounds}: ${payloads.length + 1} dialects`)
      // There and back again, so that a machine that grows slower does so for all.
      for (const [name, payload] of round % 2 === 0 ? payloads.toReversed() : payloads)
        results.get(name)?.push(await measureLoad(PORT, payload, load))
      overGrpc.push(await measureGrpc(grpc))
    }
  } finally {
    await running.stop()
  }
  const [v2 = [], tfserving = []] = [results.get(V2_JSON), results.get(TFSERVING_ROWS)]
  const ratios = tfserving.map(({ perSecond }, round) => perSecond / (v2[round] as LoadResult).perSecond)
  return { rows: [...results, ['V2, gRPC raw', overGrpc] as const].map(([name, each]) => medianRow(name, each)), rowsByV2: median(ratios) }
}

/** Whether rows cost no more than V2's JSON, nor V2's JSON more than rows. */
export function dialectVerdict({ rowsByV2 }: DialectFindings): Verdict {
  const apart = rowsByV2 - 1
  return {
    what: 'requests/s of TensorFlow Serving rows against V2 JSON',
    target: `within ${100 * MOST_APART} %`,
    measured: `${apart < 0 ? '' : '+'}${(100 * apart).toFixed(1)} %`,
    met: Math.abs(apart) <= MOST_APART,
  }
}
