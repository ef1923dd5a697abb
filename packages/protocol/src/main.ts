/** The public entry of the shared words. */
export {
  type CacheInfo,
  type ExampleInfo,
  FEEDBACK_VERDICTS,
  type FeedbackGiven,
  type FeedbackInfo,
  type FeedbackInput,
  type FeedbackPage,
  type FeedbackSummary,
  type FeedbackVerdict,
  type InputInfo,
  type InputKind,
  type ModelInfo,
  type ModelStats,
  type OutputInfo,
  type OutputKind,
  type PredictAnswer,
  type PythonInfo,
  type ScoredLabel,
  type ServerInfo,
  type Summary,
  type TensorJson,
  type VersionInfo,
  type VersionState,
} from './api.ts'
export { ERROR_CODES, type ErrorCode, type ErrorKind, isErrorCode, quoted, ServeError } from './errors.ts'
export { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './float16.ts'
export type { CacheResult, InferRequest, InferResponse, Parameters, ParameterValue, Phases, RequestedOutput, WholeBody } from './infer.ts'
export { type BytesEncoding, bytesEncoding, type ElementStyle } from './json/data-writer.ts'
export type { RowsSpec } from './json/nesting.ts'
export { type JsonObject, type JsonValue, parseJson } from './json.ts'
export { objectKeys } from './json-keys.ts'
export { type ParsedRows, parseRows, type RowsOptions } from './json-rows.ts'
export { flatJson, type JsonTensorSpec, nestedJson, nestedJsonOctets, tensorFromJson } from './json-tensor.ts'
export { jsonText } from './json-text.ts'
export { numbersOf } from './numbers.ts'
export { describeSpec, type Signature, type TensorSpec } from './signature.ts'
export {
  type BytesData,
  byteLength,
  bytesOf,
  concatRows,
  createData,
  DATATYPES,
  type DataOf,
  type Datatype,
  elementCount,
  ITEM_BYTES,
  isDatatype,
  type NumericData,
  type NumericDatatype,
  sliceRows,
  type Tensor,
  type TensorData,
  type Tensors,
  tensor,
  viewData,
} from './tensor.ts'
export { type BlobSpec, decodeBlob, putBlob } from './v2/binary.ts'
export type { EncodedBody } from './v2/body.ts'
export { parseHeaderLength } from './v2/header-length.ts'
export { decodeInferResponse, encodeInferRequest, type InferAnswer } from './v2-client.ts'
export { type DecodedInfer, type DecodeOptions, decodeInferRequest } from './v2-request.ts'
export { encodeInferResponse, type ResponseEncoding } from './v2-response.ts'
