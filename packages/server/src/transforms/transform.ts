/** The contract of model-dependent pre-processing: it runs in the worker, beside the session. */
import type { Tensors } from '@slipway/protocol'

/** Turns what a caller sent into what the model takes. Throws INVALID_ARGUMENT when it cannot. */
export type Transform = (inputs: Tensors) => Promise<Tensors>

/** How an encoded picture becomes the numbers of one row. Plain JSON: it travels to the worker in a frame. */
export interface ImageSpec {
  readonly channels: 1 | 3 | 4
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Whole picture with bars, middle of it without, or stretched. */
  readonly fit: 'contain' | 'cover' | 'fill'
  /** Dark becomes light before `scale`: for models that were trained on white ink. */
  readonly invert: boolean
  /** value = (pixel × scale − mean) / std, with pixels from 0 to 255; one number, or one for each channel. */
  readonly scale: number
  readonly mean: number | readonly number[]
  readonly std: number | readonly number[]
  /** `flat` is one row of height × width × channels. */
  readonly layout: 'NCHW' | 'NHWC' | 'flat'
  /** `ink` cuts the picture to what is drawn on its background before it is fitted. */
  readonly crop: 'none' | 'ink'
}

/** One input that may be given in another form than its tensor. */
export interface InputTransform {
  readonly input: string
  readonly image: ImageSpec
}
