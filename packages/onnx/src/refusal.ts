/** The one error of this package: the file cannot be served, and the sentence says why. */
import { ServeError } from '@slipway/protocol'

export function refusal(message: string, cause?: unknown): ServeError {
  return new ServeError('INVALID_ARGUMENT', message, cause === undefined ? undefined : { cause })
}

/** For bytes that are no protobuf message of ONNX. `at` is an offset in the file. */
export function damaged(at: number, what: string): ServeError {
  return refusal(`the file is damaged or no ONNX model: ${what} at byte ${at}; export or copy it again`)
}
