/**
 * A closed-loop load generator of unary gRPC calls over node:http2, in a process of its own: each of the connections has one call under way.
 * Reads a GrpcPlan as JSON on stdin and prints a LoadResult as JSON. Every answer is checked.
 */
import { type ClientHttp2Session, connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { AnswerCheck } from './answer.ts'
import type { GrpcPlan } from './grpc-message.ts'
import { loadResult, Tally } from './tally.ts'

const PATH = '/inference.GRPCInferenceService/ModelInfer'
const HEADERS = { ':method': 'POST', ':path': PATH, 'content-type': 'application/grpc', te: 'trailers' }
/** A flag that nothing is compressed, and the length of the message. */
const PREFIX_BYTES = 5

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** One call; resolves with what is wrong with its answer, if anything. */
function ask(session: ClientHttp2Session, request: Buffer, check: AnswerCheck): Promise<string | undefined> {
  return new Promise((resolve) => {
    const stream = session.request(HEADERS)
    const chunks: Buffer[] = []
    let status = 'no trailers'
    stream.on('response', (headers) => {
      status = String(headers['grpc-status'] ?? status)
    })
    stream.on('trailers', (trailers) => {
      status = String(trailers['grpc-status'])
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', (error: Error) => resolve(error.message))
    stream.on('close', () => resolve(status === '0' ? check.fault(200, Buffer.concat(chunks)) : `grpc-status ${status}`))
    stream.end(request)
  })
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const plan = JSON.parse(await text(process.stdin)) as GrpcPlan
const tally = new Tally()
const check = new AnswerCheck({ numbers: plan.expected, at: 'binary' })
const request = framed(Buffer.from(plan.body, 'base64'))
let over = false

async function keepBusy(): Promise<void> {
  const session = connect(`http://127.0.0.1:${plan.port}`)
  session.on('error', (error) => tally.fail(error.message))
  while (!over) {
    const sentAt = performance.now()
    const fault = await ask(session, request, check)
    if (over) break
    if (fault !== undefined) tally.fail(fault)
    else if (tally.measuring) tally.latencies.push(performance.now() - sentAt)
  }
  session.destroy()
}

for (let connection = 0; connection < plan.connections; connection += 1) void keepBusy()
await wait(plan.warmUpMs)
const startedAt = performance.now()
tally.measuring = true
await wait(plan.measureMs)
tally.measuring = false
const seconds = (performance.now() - startedAt) / 1000
over = true
process.stdout.write(JSON.stringify(loadResult(tally, seconds)), () => process.exit(0))
