/** A gRPC server on a free port of this machine, and @grpc/grpc-js stubs of the published .proto files to call it with. */
import { join } from 'node:path'
import { type Client, credentials, type GrpcObject, loadPackageDefinition, type Metadata, type ServiceError } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { systemClock } from '../../src/base/clock.ts'
import type { GrpcDeps } from '../../src/dialects/grpc/service.ts'
import { createRpcMethods } from '../../src/dialects/grpc/services.ts'
import type { RpcServerOptions } from '../../src/http/rpc.ts'
import { listenGrpc } from '../../src/http/server-grpc.ts'
import type { Logger } from '../../src/observe/logger.ts'
import { createAdmission } from '../../src/serving/admission.ts'
import { type FakeModel, fakeDataPlane } from './revision.ts'

const PROTO = join(import.meta.dirname, '..', '..', 'proto')
const PROTO_FILES = [
  'grpc_service.proto',
  'tensorflow_serving.proto',
  'grpc/health/v1/health.proto',
  'grpc/reflection/v1/reflection.proto',
  'grpc/reflection/v1alpha/reflection.proto',
]
export const definitions = loadSync(PROTO_FILES, {
  includeDirs: [PROTO],
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
})
const packages = loadPackageDefinition(definitions)

// biome-ignore lint/suspicious/noExplicitAny: stubs made at run time have the shapes of the .proto files.
export type Message = any

export interface Stub {
  /** One unary call; rejects with grpc-js's ServiceError. */
  call(method: string, request: object, options?: { readonly metadata?: Metadata; readonly deadline?: number }): Promise<Message>
  readonly client: Client & Readonly<Record<string, (...args: readonly unknown[]) => Message>>
  close(): void
}

export function stub(address: string, service: string): Stub {
  const found = service.split('.').reduce<unknown>((at, name) => (at as GrpcObject)[name], packages) as typeof Client
  const client = new found(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.use_local_subchannel_pool': 1,
  }) as Stub['client']
  return {
    client,
    call: (method, request, { metadata, deadline } = {}) =>
      new Promise((resolve, reject) => {
        const args = [
          request,
          ...(metadata === undefined ? [] : [metadata]),
          deadline === undefined ? {} : { deadline: Date.now() + deadline },
        ]
        client[method]?.(...args, (error: ServiceError | null, answer: Message) => (error === null ? resolve(answer) : reject(error)))
      }),
    close: () => client.close(),
  }
}

export interface GrpcTest extends AsyncDisposable {
  readonly address: string
  readonly admission: ReturnType<typeof createAdmission>
  stub(service: string): Stub
}

/** Serves these models, which answer in this process. */
export async function grpcServer(models: readonly FakeModel[], options: Partial<RpcServerOptions & GrpcDeps> = {}): Promise<GrpcTest> {
  const admission = createAdmission({ inFlightBytes: 4 << 20 })
  const dataPlane = fakeDataPlane(...models)
  const { messageLimitBytes = 1 << 20 } = options
  const names = [...new Set(models.map(({ name }) => name))]
  const methods = await createRpcMethods({
    dataPlane,
    clock: systemClock,
    control: { index: () => [], load: async () => undefined, unload: async () => undefined },
    server: { name: 'slipway', version: '1.2.3' },
    ready: () => true,
    models: () => names,
    versions: () => [{ version: '1', state: 'ready', digest: 'sha256:0' }],
    messageLimitBytes,
    ...options,
  } as Omit<GrpcDeps, 'proto'>)
  const server = await listenGrpc({
    host: '127.0.0.1',
    port: 0,
    methods,
    admit: admission.enter,
    nextRequestId: () => 'id-1',
    clock: systemClock,
    logger: { error: () => undefined } as unknown as Logger,
    messageLimitBytes,
    deadlineMs: 5000,
    messageTimeoutMs: 5000,
    maxConnections: 10,
    ...options,
  })
  const stubs: Stub[] = []
  return {
    address: server.address,
    admission,
    stub: (service) => {
      const made = stub(server.address, service)
      stubs.push(made)
      return made
    },
    [Symbol.asyncDispose]: async () => {
      for (const made of stubs) made.close()
      await server.stop(1000)
    },
  }
}
