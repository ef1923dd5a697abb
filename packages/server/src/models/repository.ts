/** Finds model packages below paths, in the layout of Triton and TensorFlow Serving. */

export interface FoundVersion {
  /** A whole number without leading zeros, as text. */
  readonly version: string
  /** The .onnx file. */
  readonly modelPath: string
  /** Changes when a file of the version or its manifest does. Cheap: sizes, times and inode numbers, no contents. */
  readonly fingerprint: string
}

/** One model on disk. */
export interface Found {
  readonly name: string
  /** The package's folder; for a bare file the one it lies in. */
  readonly folder: string
  readonly manifestPath?: string
  /** The versions that the manifest's policy wants loaded, oldest first. */
  readonly versions: readonly FoundVersion[]
  /** All versions on disk, oldest first. */
  readonly available: readonly string[]
  /** What was found beside the model and is not used, and why a version is not listed. */
  readonly warnings: readonly string[]
}
