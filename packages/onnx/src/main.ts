/** The public entry of reading, checking and rewriting ONNX files. */
export { DEFAULT_LIMITS, type OnnxLimits } from './limits.ts'
export type { Batchable, ExternalFile, OnnxModel, OperatorUse } from './model.ts'
export { type ReadOptions, readOnnx } from './read-onnx.ts'
export { bytesSource, type FileSource, type Folder } from './source.ts'
