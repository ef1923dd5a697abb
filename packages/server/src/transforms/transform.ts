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

/**
 * The shape of one picture in the tensor, and whether dimension 0 counts pictures. A model without such a dimension takes one picture at a time.
 * Undefined when the tensor cannot hold pictures of that kind.
 */
export function pictureShape(
  image: ImageSpec,
  shape: readonly number[],
): { readonly batched: boolean; readonly shape: readonly number[] } | undefined {
  const { channels, width, height, layout } = image
  const planes = channels === 1 ? [[height, width]] : []
  const whole = { NCHW: [channels, height, width], NHWC: [height, width, channels], flat: [height * width * channels] }[layout]
  const candidates = layout === 'flat' ? [whole] : [whole, ...planes]
  const fits = (one: readonly number[], axes: readonly number[]) =>
    one.length === axes.length && one.every((size, axis) => axes[axis] === size || (axes[axis] as number) < 0)
  const batched = candidates.find((one) => shape.length > 0 && fits(one, shape.slice(1)))
  if (batched !== undefined) return { batched: true, shape: batched }
  const single = candidates.find((one) => fits(one, shape))
  return single === undefined ? undefined : { batched: false, shape: single }
}
