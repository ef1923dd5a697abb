/** One ModelInferRequest, from its octets to those of its answer. */
import type { Parts, RpcCall } from '../../http/rpc.ts'
import { type DialectDeps, infer } from '../dialect.ts'
import { decodeInferRequest, modelOf } from './infer-request.ts'
import { encodeInferResponse } from './infer-response.ts'

export function inferMessage(
  deps: DialectDeps,
  message: Uint8Array,
  call: RpcCall,
): Promise<{ readonly encoded: Parts; readonly facts: Readonly<Record<string, string>> }> {
  return infer(deps, call, {
    dialect: 'grpc',
    ...modelOf(message),
    decode: () => ({ request: decodeInferRequest(message), decoded: undefined }),
    encode: (response) => encodeInferResponse(response),
  })
}
