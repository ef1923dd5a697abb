/**
 * A closed-loop load generator over raw sockets, in a process of its own: each connection sends its next request when it has its answer.
 * Reads a LoadPlan as JSON on stdin and prints a LoadResult as JSON. Every answer is checked.
 */
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { AnswerCheck, type Expected } from './answer.ts'
import { requestOctets } from './payload.ts'
import { ResponseReader } from './response.ts'
import { type LoadResult, loadResult, Tally } from './tally.ts'
import { createVariety, type Variety } from './variety.ts'

export interface LoadPlan {
  readonly port: number
  readonly path: string
  /** Request headers besides Host and Content-Length. */
  readonly headers: Readonly<Record<string, string>>
  /** The body in base64, the same for every request but for what varies. */
  readonly body: string
  readonly vary?: Variety
  readonly expected: Expected
  readonly connections: number
  readonly warmUpMs: number
  readonly measureMs: number
}

/** Keeps one connection busy until `stopped`; the socket is opened again when the server closes it, which counts as a failure. */
function keepBusy(port: number, request: () => Buffer, context: { check: AnswerCheck; tally: Tally; stopped: () => boolean }): Socket {
  const { check, tally, stopped } = context
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let sentAt = 0
  const send = () => {
    sentAt = performance.now()
    socket.write(request())
  }
  const reader = new ResponseReader((status, body) => {
    const took = performance.now() - sentAt
    const wrong = check.fault(status, body)
    if (wrong !== undefined) tally.fail(wrong)
    else if (tally.measuring) tally.latencies.push(took)
    if (!stopped()) send()
  })
  socket.on('connect', send)
  socket.on('data', (chunk) => {
    const fault = reader.take(chunk)
    if (fault !== undefined) socket.destroy(new Error(fault))
  })
  socket.on('error', (error) => tally.fail(error.message))
  socket.on('close', () => {
    if (stopped()) return
    tally.fail('the server closed the connection')
    setTimeout(() => stopped() || keepBusy(port, request, context), 50)
  })
  return socket
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs a plan to its end. */
export async function runLoad(plan: LoadPlan): Promise<LoadResult> {
  const tally = new Tally()
  let over = false
  const context = { check: new AnswerCheck(plan.expected), tally, stopped: () => over }
  const body = Buffer.from(plan.body, 'base64')
  const octets = requestOctets(plan.port, { ...plan, body })
  const varied = plan.vary && createVariety(plan.vary, octets.length - body.length + plan.vary.at)
  const request = () => varied?.(octets) ?? octets
  const sockets = Array.from({ length: plan.connections }, () => keepBusy(plan.port, request, context))
  await wait(plan.warmUpMs)
  const startedAt = performance.now()
  tally.measuring = true
  await wait(plan.measureMs)
  tally.measuring = false
  const seconds = (performance.now() - startedAt) / 1000
  over = true
  for (const socket of sockets) socket.destroy()
  return loadResult(tally, seconds)
}

if (import.meta.main) {
  const plan = JSON.parse(await text(process.stdin)) as LoadPlan
  process.stdout.write(JSON.stringify(await runLoad(plan)))
  process.exit(0)
}
