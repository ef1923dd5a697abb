/** ModelStreamInfer: requests are answered in their order, several of them at once. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { ServeError } from '@slipway/protocol'
import { toServeError } from '../../http/respond.ts'
import type { Parts, RpcMessage, RpcStreamCall } from '../../http/rpc.ts'
import type { DialectDeps } from '../dialect.ts'
import { inferMessage } from './infer-message.ts'
import { idOf } from './infer-request.ts'

/** Requests of one stream under way at once; the next is read when the oldest is answered. */
const MOST_AT_ONCE = 64

export async function* streamInfer(
  deps: DialectDeps,
  messages: AsyncIterable<RpcMessage>,
  call: () => RpcStreamCall,
): AsyncGenerator<Parts> {
  const waiting: Promise<Parts>[] = []
  const iterator = messages[Symbol.asyncIterator]()
  let reading: Promise<IteratorResult<RpcMessage>> | undefined = iterator.next()
  while (reading !== undefined || waiting.length > 0) {
    const [oldest] = waiting
    const mayRead: Promise<'read' | 'answered'> | undefined =
      waiting.length < MOST_AT_ONCE
        ? reading?.then(
            () => 'read',
            () => 'read',
          )
        : undefined
    const first = await Promise.race([...(mayRead === undefined ? [] : [mayRead]), ...(oldest === undefined ? [] : [settled(oldest)])])
    if (first === 'answered') {
      yield await (waiting.shift() as Promise<Parts>)
      continue
    }
    const next: IteratorResult<RpcMessage> = await (reading as Promise<IteratorResult<RpcMessage>>)
    reading = next.done === true ? undefined : iterator.next()
    if (next.done !== true) waiting.push(answer(deps, next.value, call()))
    // Looked at when its turn comes; until then a failure is no unhandled one.
    waiting.at(-1)?.catch(() => undefined)
  }
}

const settled = (answer: Promise<unknown>): Promise<'read' | 'answered'> =>
  answer.then(
    () => 'answered',
    () => 'answered',
  )

/** A failure is an answer of the stream, unless the caller asked for gRPC's way of telling it. */
async function answer(deps: DialectDeps, message: RpcMessage, call: RpcStreamCall): Promise<Parts> {
  try {
    const { encoded } = await inferMessage(deps, message.bytes, call)
    return wrapped(encoded)
  } catch (thrown) {
    const error = toServeError(thrown)
    if (error.code === 'INTERNAL' || call.header('triton_grpc_error') === 'true') throw thrown
    return [failed(error, message.bytes)]
  } finally {
    message.release()
  }
}

function wrapped(response: Parts): Parts {
  const length = response.reduce((sum, part) => sum + part.byteLength, 0)
  return [new BinaryWriter().tag(2, WireType.LengthDelimited).uint32(length).finish(), ...response]
}

function failed(error: ServeError, request: Uint8Array): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).string(error.message)
  const id = idOf(request)
  if (id !== '') writer.tag(2, WireType.LengthDelimited).fork().tag(3, WireType.LengthDelimited).string(id).join()
  return writer.finish()
}
