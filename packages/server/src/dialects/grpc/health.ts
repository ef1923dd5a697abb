/** grpc.health.v1.Health, for the server, its services and its models. Source: grpc/grpc doc/health-checking.md. */
import { quoted, ServeError } from '@slipway/protocol'
import type { Parts, RpcMessage, RpcStreamCall } from '../../http/rpc.ts'
import { type GrpcDeps, type GrpcService, jsonMethod, text } from './service.ts'

const NAME = 'grpc.health.v1.Health'
/** How often a watched status is looked at (ms). */
const LOOK_MS = 500

type Status = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN'

/** `services`: the full names that can be asked about. */
export function createHealthService(deps: GrpcDeps, services: readonly string[]): GrpcService {
  const known = new Set(['', NAME, ...services])
  const statusOf = (name: string): Status => {
    if (known.has(name)) return deps.ready() ? 'SERVING' : 'NOT_SERVING'
    const endpoint = deps.dataPlane.table.get(name)
    if (endpoint !== undefined) return endpoint.serving.broken() === undefined ? 'SERVING' : 'NOT_SERVING'
    return deps.models().includes(name) ? 'NOT_SERVING' : 'SERVICE_UNKNOWN'
  }
  return {
    name: NAME,
    methods: [
      jsonMethod(deps.proto, `/${NAME}/Check`, 'public', (request) => {
        const service = text(request, 'service')
        const status = statusOf(service)
        if (status !== 'SERVICE_UNKNOWN') return { status }
        throw new ServeError(
          'NOT_FOUND',
          `there is no service or model ${quoted(service)}; ask about "", ${[...known].slice(1).join(', ')}, or a model`,
        )
      }),
      { kind: 'stream', path: `/${NAME}/Watch`, access: 'public', handle: (messages, call) => watch(deps, messages, call(), statusOf) },
    ],
  }
}

/** Ends when the caller goes, or the server stops. */
async function* watch(
  { proto, clock }: GrpcDeps,
  messages: AsyncIterable<RpcMessage>,
  { signal }: RpcStreamCall,
  statusOf: (name: string) => Status,
): AsyncGenerator<Parts> {
  let told: Status | undefined
  for await (const message of messages) {
    const service = text(proto.decode('grpc.health.v1.HealthCheckRequest', message.bytes), 'service')
    message.release()
    while (!signal.aborted) {
      const status = statusOf(service)
      if (status !== told) yield [proto.encode('grpc.health.v1.HealthCheckResponse', { status })]
      told = status
      // Woken early it looks once more, and ends.
      await clock.sleep(LOOK_MS, signal).catch(() => undefined)
    }
    return
  }
}
