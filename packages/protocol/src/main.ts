/** The public entry of the shared words. */
export type {
  ExampleInfo,
  InputInfo,
  InputKind,
  ModelInfo,
  ModelStats,
  OutputInfo,
  OutputKind,
  PredictAnswer,
  ScoredLabel,
  ServerInfo,
  Summary,
  VersionInfo,
  VersionState,
} from './api.ts'
export { ERROR_CODES, type ErrorCode, type ErrorKind, isErrorCode, quoted, ServeError } from './errors.ts'
export { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './float16.ts'
export type { InferRequest, InferResponse, Parameters, ParameterValue, Phases, RequestedOutput } from './infer.ts'
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
