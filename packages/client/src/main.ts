/** The public entry of the client. */
export type {
  BytesData,
  Datatype,
  ErrorCode,
  ExampleInfo,
  FeedbackGiven,
  FeedbackInfo,
  FeedbackInput,
  FeedbackPage,
  FeedbackSummary,
  FeedbackVerdict,
  InputInfo,
  InputKind,
  ModelInfo,
  ModelStats,
  OutputInfo,
  OutputKind,
  ParameterValue,
  PredictAnswer,
  ScoredLabel,
  ServerInfo,
  Signature,
  Summary,
  TensorJson,
  TensorSpec,
  VersionInfo,
  VersionState,
} from '@slipway/protocol'
export { describeSpec } from '@slipway/protocol'
export type { CallOptions } from './call-scope.ts'
export type { Clock } from './clock.ts'
export { type Asked, DIALECTS, type DialectRequest, type DialectSample } from './dialects.ts'
export type { NumericArray } from './elements.ts'
export type { Feedback, FeedbackListOptions } from './feedback.ts'
export type { Answer, PredictOptions } from './inference.ts'
export type { EncodedInput, Input, InputElement, InputOf, TensorInput } from './input.ts'
export { type AnyModel, Model, type ModelTypes } from './model.ts'
export { typesFor } from './model-typings.ts'
export type { Nested } from './nested.ts'
export type { BytesOutput, NumericOutput, Output, OutputOf, Outputs } from './output.ts'
export type { RetryOptions } from './retry.ts'
export { Slipway, type SlipwayOptions } from './slipway.ts'
export { SlipwayError, type SlipwayErrorCode, type SlipwayErrorDetails } from './slipway-error.ts'
export type { GivenTensor } from './tensor-octets.ts'
export { parseServerTiming, type Timing } from './timing.ts'
export type { ClientStats } from './transport.ts'
