/** inference.GRPCInferenceService: the Open Inference Protocol with what Triton adds. Source: open-inference-protocol grpc proto, triton-inference-server/common grpc_service.proto. */
import { ServeError, type TensorSpec } from '@slipway/protocol'
import type { RpcCall, UnaryMethod } from '../../http/rpc.ts'
import type { Revision } from '../../serving/revision.ts'
import { EXTENSIONS } from '../about/extensions.ts'
import { refuseOverrides } from '../about/load-override.ts'
import { modelConfig } from '../about/model-config.ts'
import { modelStatistics } from '../about/model-statistics.ts'
import { repositoryIndex } from '../about/repository-index.ts'
import { bulkOffset } from './bulk.ts'
import { inferMessage } from './infer-message.ts'
import { streamInfer } from './infer-stream.ts'
import { type Fields, type GrpcDeps, type GrpcService, jsonMethod, text, versionIn } from './service.ts'

const NAME = 'inference.GRPCInferenceService'
/** ModelInferRequest.raw_input_contents. */
const rawOffset = (start: Uint8Array) => bulkOffset(start, [7])

export function createInferenceService(deps: GrpcDeps): GrpcService {
  const { proto, dataPlane, control } = deps
  const method = (name: string, access: UnaryMethod['access'], answer: (request: Fields, call: RpcCall) => unknown) =>
    jsonMethod(proto, `/${NAME}/${name}`, access, answer)
  const revision = (request: Fields) => dataPlane.revision(text(request, 'name'), versionIn(request))
  return {
    name: NAME,
    methods: [
      method('ServerLive', 'public', () => ({ live: true })),
      method('ServerReady', 'public', () => ({ ready: deps.ready() })),
      method('ModelReady', 'infer', (request) => ({ ready: isReady(() => revision(request)) })),
      method('ServerMetadata', 'public', () => ({ ...deps.server, extensions: EXTENSIONS })),
      method('ModelMetadata', 'infer', (request) => metadata(deps, revision(request))),
      {
        kind: 'unary',
        path: `/${NAME}/ModelInfer`,
        access: 'infer',
        bulkOffset: rawOffset,
        handle: async (message, call) => {
          const { encoded, facts } = await inferMessage(deps, message, call)
          return { message: encoded, trailers: facts }
        },
      },
      {
        kind: 'stream',
        path: `/${NAME}/ModelStreamInfer`,
        access: 'infer',
        bulkOffset: rawOffset,
        handle: (messages, call) => streamInfer(deps, messages, call),
      },
      method('ModelConfig', 'infer', (request) => ({ config: modelConfig(revision(request)) })),
      method('ModelStatistics', 'infer', (request) => modelStatistics(dataPlane, text(request, 'name') || undefined, versionIn(request))),
      method('RepositoryIndex', 'admin', (request) => ({ models: repositoryIndex(control, request.ready === true ? 'ready' : 'all') })),
      method('RepositoryModelLoad', 'admin', async (request) => {
        refuseOverrides(Object.keys((request.parameters as Fields | undefined) ?? {}))
        await control.load(text(request, 'model_name'))
        return {}
      }),
      method('RepositoryModelUnload', 'admin', async (request) => {
        await control.unload(text(request, 'model_name'))
        return {}
      }),
    ],
  }
}

/** A model that is not there is not ready, as Triton answers it. */
function isReady(find: () => Revision): boolean {
  try {
    return find().broken() === undefined
  } catch (error) {
    if (error instanceof ServeError && (error.code === 'NOT_FOUND' || error.code === 'UNAVAILABLE')) return false
    throw error
  }
}

function metadata({ dataPlane }: GrpcDeps, { model, version, package: { facts, python } }: Revision): unknown {
  const describe = ({ name, datatype, shape }: TensorSpec) => ({ name, datatype, shape })
  return {
    name: model,
    versions: [...(dataPlane.table.get(model)?.versions.keys() ?? [version])],
    platform: python === undefined ? 'onnx_onnxv1' : 'python',
    inputs: facts.signature.inputs.map(describe),
    outputs: facts.signature.outputs.map(describe),
  }
}
