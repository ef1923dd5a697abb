/** Every gRPC service there is, as the methods of one server. */
import type { RpcMethod } from '../../http/rpc.ts'
import { createHealthService } from './health.ts'
import { createInferenceService } from './inference.ts'
import { loadProto } from './proto.ts'
import { createReflectionServices, REFLECTION } from './reflection.ts'
import type { GrpcDeps } from './service.ts'
import { createTfServingServices } from './tfserving.ts'

/** Reads the .proto files' descriptors once. */
export async function createRpcMethods(rest: Omit<GrpcDeps, 'proto'>): Promise<readonly RpcMethod[]> {
  const deps: GrpcDeps = { ...rest, proto: await loadProto() }
  const models = [createInferenceService(deps), ...createTfServingServices(deps)]
  const names = models.map(({ name }) => name)
  const health = createHealthService(deps, [...names, ...REFLECTION])
  const reflection = createReflectionServices(deps.proto, [...names, health.name])
  return [...models, health, ...reflection].flatMap(({ methods }) => methods)
}
