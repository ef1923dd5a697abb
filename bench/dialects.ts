/** The same row in every dialect, against one server, round after round. */
import { type GrpcPlan, modelInferMessage } from './grpc-message.ts'
import { type Load, measureBare, measureGrpc, measureLoad, startAndAsk } from './measure.ts'
import { type Payload, ROW, v2Row } from './payload.ts'
import { medianRow, type Pace, type Row } from './rounds.ts'
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
    [V2_JSON, v2Row(expected)],
    ['V2, binary', v2BinaryRow(expected)],
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

/** Medians by dialect, gRPC among them. */
export async function runDialects(pace: Pace, say: (line: string) => void): Promise<readonly Row[]> {
  const { rowAnswer } = await measureBare(30)
  const payloads = dialectPayloads(rowAnswer)
  const server = slipway('mlp64.onnx', PORT, ['--grpc-port', String(GRPC_PORT)])
  const { running } = await startAndAsk(server, v2Row(rowAnswer))
  const load: Load = { connections: CONNECTIONS, warmUpMs: pace.warmUpMs, measureMs: pace.measureMs }
  const grpc: GrpcPlan = { ...load, port: GRPC_PORT, body: modelInferMessage(ROW).toString('base64'), expected: rowAnswer }
  const results = new Map<string, LoadResult[]>()
  const keep = (name: string, result: LoadResult) => results.set(name, [...(results.get(name) ?? []), result])
  try {
    for (let round = 1; round <= pace.rounds; round += 1) {
      say(`round ${round} of ${pace.rounds}: ${payloads.size + 1} dialects`)
      for (const [name, payload] of payloads) keep(name, await measureLoad(PORT, payload, load))
      keep('V2, gRPC raw', await measureGrpc(grpc))
    }
  } finally {
    await running.stop()
  }
  return [...results].map(([name, each]) => medianRow(name, each))
}

/** Whether rows cost no more than V2's JSON, nor V2's JSON more than rows. */
export function dialectVerdict(rows: readonly Row[]): Verdict {
  const perSecond = (name: string) => rows.find((row) => row.name === name)?.perSecond
  const [v2, tfserving] = [perSecond(V2_JSON), perSecond(TFSERVING_ROWS)]
  const what = 'requests/s of TensorFlow Serving rows against V2 JSON'
  const target = `within ${100 * MOST_APART} %`
  if (v2 === undefined || tfserving === undefined) return { what, target, measured: 'not measured', met: undefined }
  const apart = tfserving / v2 - 1
  return { what, target, measured: `${apart < 0 ? '' : '+'}${(100 * apart).toFixed(1)} %`, met: Math.abs(apart) <= MOST_APART }
}
