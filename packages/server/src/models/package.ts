/** One version of a model, checked, copied to where nobody else writes, and ready to be opened by a worker. */

import type { OnnxModel } from '@slipway/onnx'
import type { InputInfo, OutputInfo } from '@slipway/protocol'
import type { InputTransform } from '../transforms/transform.ts'
import type { Example } from './examples.ts'
import type { Manifest, Task } from './manifest-schema.ts'

export interface ModelPackage {
  readonly name: string
  readonly version: string
  /** sha256:… of manifest, model and external data. */
  readonly digest: string
  /** The private copy of the model file; its external data lies beside it. */
  readonly modelPath: string
  readonly manifest: Manifest
  readonly onnx: OnnxModel
  /** As the manifest says, else inferred from the signature. */
  readonly task: Task
  readonly inputs: readonly InputInfo[]
  readonly outputs: readonly OutputInfo[]
  /** What the worker does before a run; plain JSON. */
  readonly transforms: readonly InputTransform[]
  readonly examples: readonly Example[]
  /** Sentences for the operator; they hold no absolute path. */
  readonly warnings: readonly string[]
}
