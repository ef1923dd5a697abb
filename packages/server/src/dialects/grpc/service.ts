/** The contract of gRPC services: what each is given, and how a method whose messages are small is written. */
import type { RpcAnswer, RpcCall, RpcMethod, UnaryMethod } from '../../http/rpc.ts'
import type { ModelControl } from '../../serving/control.ts'
import type { StatusDeps } from '../about/tfserving-model.ts'
import type { DialectDeps } from '../dialect.ts'
import type { Proto } from './proto.ts'

export interface GrpcDeps extends DialectDeps, StatusDeps {
  readonly proto: Proto
  readonly control: ModelControl
  /** What the server says of itself. */
  readonly server: { readonly name: string; readonly version: string }
  /** True once every model found at start was opened or refused. */
  ready(): boolean
  /** The largest message, which bounds what a tensor may unfold to. */
  readonly messageLimitBytes: number
}

export interface GrpcService {
  /** With its package, as reflection lists it. */
  readonly name: string
  readonly methods: readonly RpcMethod[]
}

export type Fields = Readonly<Record<string, unknown>>

/** A method that takes and gives JSON of its messages, by the types that the .proto says. */
export function jsonMethod(
  proto: Proto,
  path: string,
  access: UnaryMethod['access'],
  answer: (request: Fields, call: RpcCall) => unknown,
): UnaryMethod {
  const [, service = '', name = ''] = path.split('/')
  const method = proto.registry.getService(service)?.methods.find((each) => each.name === name)
  if (method === undefined) throw new Error(`${path} is no method of the .proto files`)
  const { input, output } = method
  return {
    kind: 'unary',
    path,
    access,
    handle: async (message, call): Promise<RpcAnswer> => ({
      message: [proto.encode(output.typeName, await answer(proto.decode(input.typeName, message), call))],
    }),
  }
}

/** A string field; absent is empty in proto3. */
export function text(fields: Fields, name: string): string {
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}

/** A version as a field says it: empty means none. */
export function versionIn(fields: Fields): string | undefined {
  const version = text(fields, 'version')
  return version === '' ? undefined : version
}
