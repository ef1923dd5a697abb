/** Pixel values to the elements of a tensor: inverted, scaled, normalised, in the layout and datatype of the model. */
import {
  createData,
  type NumericData,
  type NumericDatatype,
  ServeError,
  type Tensor,
  type TensorSpec,
  tensor,
  toBfloat16,
  toFloat16,
} from '@slipway/protocol'
import type { ImageSpec } from './transform.ts'

export interface Writer {
  /** `picture` holds height × width × channels values from 0 to 255, interleaved. */
  write(row: number, picture: Float32Array): void
  finish(shape: readonly number[]): Tensor
}

const WHOLE: Partial<Record<NumericDatatype, readonly [number, number]>> = {
  UINT8: [0, 255],
  UINT16: [0, 65_535],
  UINT32: [0, 4_294_967_295],
  UINT64: [0, Number.MAX_SAFE_INTEGER],
  INT8: [-128, 127],
  INT16: [-32_768, 32_767],
  INT32: [-2_147_483_648, 2_147_483_647],
  INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

/** Makes writers of tensors with a number of pictures. Throws FAILED_PRECONDITION when the input holds no numbers. */
export function createWriter(spec: ImageSpec, { name, datatype }: TensorSpec): (pictures: number) => Writer {
  if (datatype === 'BYTES' || datatype === 'BOOL')
    throw new ServeError('FAILED_PRECONDITION', `input "${name}" is ${datatype} and cannot hold the numbers of a picture`)
  const { width, height, channels, invert, scale, layout } = spec
  const area = width * height
  const [mean, std] = [perChannel(spec.mean, channels), perChannel(spec.std, channels)]
  const bounds = WHOLE[datatype]
  return (pictures) => {
    const data = createData(datatype, pictures * area * channels)
    const set = setter(datatype, data)
    const write = (row: number, picture: Float32Array) => {
      for (let pixel = 0; pixel < area; pixel++)
        for (let channel = 0; channel < channels; channel++) {
          const raw = picture[pixel * channels + channel] as number
          const value = ((invert && channel < 3 ? 255 - raw : raw) * scale - (mean[channel] as number)) / (std[channel] as number)
          const to = layout === 'NCHW' ? channel * area + pixel : pixel * channels + channel
          set(row * area * channels + to, bounds === undefined ? value : Math.max(bounds[0], Math.min(bounds[1], Math.round(value))))
        }
    }
    return { write, finish: (shape) => tensor(datatype, shape, data) }
  }
}

function perChannel(value: number | readonly number[], channels: number): readonly number[] {
  const values = typeof value === 'number' ? new Array<number>(channels).fill(value) : value
  if (values.length !== channels)
    throw new ServeError('FAILED_PRECONDITION', `mean and std need one number, or ${channels} for the channels, got ${values.length}`)
  return values
}

function setter(datatype: NumericDatatype, data: NumericData): (index: number, value: number) => void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return (index, value) => {
      data[index] = BigInt(value)
    }
  const convert = datatype === 'FP16' ? toFloat16 : datatype === 'BF16' ? toBfloat16 : (value: number) => value
  return (index, value) => {
    data[index] = convert(value)
  }
}
