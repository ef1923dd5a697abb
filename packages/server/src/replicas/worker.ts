/** The program of a worker process: listens on the socket it was given and answers frames until the last connection has gone. */
import { rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { ServeError } from '@slipway/protocol'
import type { WorkerSpec } from './carrier.ts'
import { bytesOfHeads, decodeTensors, encodeMessage, encodeTensors, type Frame, FrameReader, KIND, type TensorHead } from './frames.ts'
import { SessionHost } from './session-host.ts'
import { SharedReader } from './shared-file.ts'

/** Printed once the socket listens; the supervisor connects after it. */
export const LISTENING = 'slipway-worker listening'
/** A frame holds the rows of many requests; each of those was bounded when it came in. */
const MOST_FRAME_BYTES = 2 ** 32 - 1

function write(socket: Socket, parts: readonly Uint8Array[]): Promise<void> | void {
  if (socket.destroyed) return
  const left = Promise.withResolvers<void>()
  socket.cork()
  for (const part of parts.slice(0, -1)) socket.write(part)
  // Not `drain`: it is only told of answers above the high-water mark. Called with an error, too, when the connection ends first.
  socket.write(parts.at(-1) as Uint8Array, () => left.resolve())
  socket.uncork()
  // The next run blocks this thread, so the answer must have left before it begins.
  return socket.writableLength === 0 ? undefined : left.promise
}

function errorHeader(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof ServeError) return { code: error.code, message: error.message }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return { code: 'INTERNAL', message: 'the worker failed; its log has the reason' }
}

/** One who asks: the server, or another of its processes that answer HTTP. */
interface Asker {
  readonly socket: Socket
  readonly reader: FrameReader
  /** Frames that came and are not answered yet. */
  unanswered: number
  /** It asks no more: the connection ends with the last answer. */
  done: boolean
  /** Where the tensors of its large frames lie. */
  shared: SharedReader | undefined
}

async function handle(host: SessionHost, asker: Asker, frame: Frame): Promise<void> {
  const { socket } = asker
  if (frame.kind === KIND.open) {
    const header = frame.header as Omit<WorkerSpec, 'defaults'> & { readonly tensors: readonly TensorHead[] }
    const answer = await host.open({ ...header, defaults: decodeTensors(header, frame.payload) }).then(
      () => encodeMessage(KIND.opened, frame.id, {}),
      (error: unknown) => {
        // What the cause holds beyond the message, such as folders, is for the log alone.
        if (error instanceof ServeError && error.cause instanceof Error) process.stderr.write(`${error.cause.message.trim()}\n`)
        return encodeMessage(KIND.error, frame.id, errorHeader(error))
      },
    )
    return write(socket, answer)
  }
  if (frame.kind === KIND.run) {
    const header = frame.header as RunHeader
    const { payload, room } = payloadOf(asker, frame, header)
    const inputs = decodeTensors(header, payload)
    await host.run(inputs, (result) => {
      if ('error' in result) return write(socket, encodeMessage(KIND.error, frame.id, errorHeader(result.error)))
      const fields = { inferMs: result.inferMs, transformMs: result.transformMs }
      return write(socket, encodeTensors(KIND.result, frame.id, [result.outputs], { fields }))
    })
    // The answer has left, so nothing looks at its tensors any more.
    if (room !== undefined) asker.reader.takeBack(room)
    return
  }
  if (frame.kind === KIND.close) {
    asker.done = true
    return
  }
  const answer = frame.kind === KIND.share ? share(asker, frame) : unknown(frame)
  return host.inTurn(() => write(socket, answer))
}

function share(asker: Asker, { id, header }: Frame): readonly Uint8Array[] {
  asker.shared?.close()
  asker.shared = undefined
  try {
    asker.shared = new SharedReader((header as { readonly path: string }).path)
    return encodeMessage(KIND.shared, id, {})
  } catch {
    return encodeMessage(KIND.error, id, { code: 'NOT_FOUND', message: 'the file to share cannot be opened' })
  }
}

function unknown({ id, kind }: Frame): readonly Uint8Array[] {
  return encodeMessage(KIND.error, id, { code: 'UNIMPLEMENTED', message: `frames of kind ${kind} are not known` })
}

interface RunHeader {
  readonly tensors: readonly TensorHead[]
  /** Where in the shared file the tensors lie; absent when they came with the frame. */
  readonly at?: number
}

/** The octets of a run's tensors, and the memory that is theirs alone. */
function payloadOf({ reader, shared }: Asker, frame: Frame, { tensors, at }: RunHeader): Pick<Frame, 'payload' | 'room'> {
  if (at === undefined) return frame
  if (shared === undefined) throw new RangeError('a frame names a place in a shared file, and none was named')
  const room = reader.roomFor(bytesOfHeads(tensors))
  shared.read(at, room)
  return { payload: room, room }
}

function listen(path: string): void {
  const host = new SessionHost()
  const connections = new Set<Socket>()
  // Who has sent its last still reads the answers.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket)
    const endWhenAnswered = () => {
      if (asker.done && asker.unanswered === 0) socket.end()
    }
    const answered = () => {
      asker.unanswered -= 1
      endWhenAnswered()
    }
    const reader = new FrameReader((frame) => {
      asker.unanswered += 1
      handle(host, asker, frame).then(answered, (error: unknown) => socket.destroy(error as Error))
    }, MOST_FRAME_BYTES)
    const asker: Asker = { socket, reader, unanswered: 0, done: false, shared: undefined }
    socket.on('end', () => {
      asker.done = true
      endWhenAnswered()
    })
    socket.on('data', (chunk) => {
      try {
        reader.push(chunk)
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
    socket.on('error', () => {
      // The close that follows is what counts.
    })
    socket.on('close', () => {
      connections.delete(socket)
      asker.shared?.close()
      if (connections.size > 0) return
      // Nobody is left to ask: the server has gone or has let go of this worker.
      server.close()
      void host.close().finally(() => process.exit(0))
    })
  })
  // Nobody else may connect: the folder is 0700, the socket 0600.
  process.umask(0o177)
  server.listen(path, () => process.stdout.write(`${LISTENING}\n`))
  process.on('exit', () => rmSync(path, { force: true }))
}

// The server decides when a worker ends; a Ctrl-C on the terminal reaches the whole group.
process.on('SIGINT', () => undefined)
listen(process.argv[2] as string)
