/** Encoded pictures to the tensor that a model was trained on. */
import { ServeError, type Tensor, type TensorSpec } from '@slipway/protocol'
import { decodePicture } from './image-decode.ts'
import { fillWithInk, fitPicture } from './image-fit.ts'
import { flatten } from './image-pixels.ts'
import { createWriter } from './image-tensor.ts'
import { type ImageSpec, pictureShape } from './transform.ts'

/**
 * Makes the function that turns encoded pictures into one tensor with a row for each: decoded upright, flattened, cut to the ink where wanted,
 * fitted, and scaled as `spec` says. Throws FAILED_PRECONDITION when the input cannot hold such pictures; the function throws
 * INVALID_ARGUMENT for what is no picture, and for more than one where the model takes one at a time.
 */
export function createImageTransform(spec: ImageSpec, tensorSpec: TensorSpec): (encoded: readonly Uint8Array[]) => Promise<Tensor> {
  const form = pictureShape(spec, tensorSpec.shape)
  if (form === undefined)
    throw new ServeError(
      'FAILED_PRECONDITION',
      `input "${tensorSpec.name}" of shape [${tensorSpec.shape.join(', ')}] cannot hold pictures of ${spec.channels} × ${spec.height} × ${spec.width} (channels, height, width) as ${spec.layout}`,
    )
  const open = createWriter(spec, tensorSpec)
  return async (encoded) => {
    if (!form.batched && encoded.length !== 1)
      throw new ServeError('INVALID_ARGUMENT', `input "${tensorSpec.name}" takes one picture at a time, got ${encoded.length}`)
    const writer = open(encoded.length)
    // One after the other: decoded pictures are large, and the cores belong to the model.
    for (const [row, bytes] of encoded.entries())
      writer.write(row, await prepare(bytes, spec, `input "${tensorSpec.name}", picture ${row + 1}`))
    return writer.finish(form.batched ? [encoded.length, ...form.shape] : form.shape)
  }
}

/** Interleaved values from 0 to 255 of one picture, in the size and channels of the spec. */
async function prepare(bytes: Uint8Array, spec: ImageSpec, what: string): Promise<Float32Array> {
  const decoded = await decodePicture(bytes, spec.crop === 'ink' ? { what } : { what, wanted: spec })
  const picture = flatten(decoded, spec.channels)
  return spec.crop === 'ink' ? fillWithInk(picture, spec) : fitPicture(picture, spec, new Array(spec.channels).fill(spec.invert ? 255 : 0))
}
