/** One measurement each: a server under load, the first answer after a start, the bare run. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { AnswerCheck } from './answer.ts'
import type { BareResult } from './bare.ts'
import type { GrpcPlan } from './grpc-message.ts'
import type { LoadPlan } from './load.ts'
import type { Payload } from './payload.ts'
import { MODELS, type Running, type Server, startServer } from './servers.ts'
import type { LoadResult } from './tally.ts'

export interface Load {
  readonly connections: number
  readonly warmUpMs: number
  readonly measureMs: number
}

const FIRST_ANSWER_LIMIT_MS = 30_000

/** Runs a script of this folder with text on its stdin, and reads what it prints as JSON. */
export async function inProcess<Result>(script: string, args: readonly string[], input: string): Promise<Result> {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(input)
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (code !== 0) throw new Error(`bench/${script} ended with exit code ${code}`)
  return JSON.parse(printed) as Result
}

/** Loads a running server from a process of its own. */
export function measureLoad(port: number, payload: Payload & Pick<LoadPlan, 'vary'>, load: Load): Promise<LoadResult> {
  const plan: LoadPlan = { ...load, port, ...payload, body: payload.body.toString('base64') }
  return inProcess<LoadResult>('load.ts', [], JSON.stringify(plan))
}

/** The same over gRPC. */
export function measureGrpc(plan: GrpcPlan): Promise<LoadResult> {
  return inProcess<LoadResult>('load-grpc.ts', [], JSON.stringify(plan))
}

/** What onnxruntime-node answers in a bare script, and how long the image model takes there. */
export function measureBare(runs: number): Promise<BareResult> {
  return inProcess<BareResult>('bare.ts', [join(MODELS, 'mlp64.onnx'), join(MODELS, 'image224.onnx'), String(runs)], '')
}

/** Asks once; undefined when the answer is right, else what is wrong with it. */
export async function ask(port: number, payload: Payload): Promise<string | undefined> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${payload.path}`, {
      method: 'POST',
      headers: payload.headers,
      body: new Uint8Array(payload.body),
      signal: AbortSignal.timeout(FIRST_ANSWER_LIMIT_MS),
    })
    return new AnswerCheck(payload.expected).fault(answer.status, Buffer.from(await answer.arrayBuffer()))
  } catch (error) {
    return (error as Error).message
  }
}

/** Starts a server and asks it until it gives the right answer; milliseconds from the start of its process to that answer. */
export async function startAndAsk(
  server: Server,
  payload: Payload,
): Promise<{ readonly running: Running; readonly firstAnswerMs: number }> {
  const running = await startServer(server)
  let fault: string | undefined = 'no answer'
  const limitMs = Math.max(FIRST_ANSWER_LIMIT_MS, server.startLimitMs ?? 0)
  while (performance.now() - running.startedAt < limitMs) {
    fault = await ask(server.port, payload)
    if (fault === undefined) return { running, firstAnswerMs: performance.now() - running.startedAt }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await running.stop()
  throw new Error(`${server.name} gave no right answer within ${limitMs / 1000} s: ${fault}`)
}
