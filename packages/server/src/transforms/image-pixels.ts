/** Pixels as numbers: what is behind transparency, grey from colour, what is background and what is ink. */

export interface Pixels {
  /** Row by row, channels interleaved, 0 to 255. */
  readonly data: Uint8Array | Float32Array
  readonly width: number
  readonly height: number
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
  readonly channels: number
}

/** Luma of ITU-R BT.601, as the imaging libraries that models are trained with take it. */
const luma = (red: number, green: number, blue: number) => 0.299 * red + 0.587 * green + 0.114 * blue

/**
 * The picture with the channels that a model takes. Transparency is laid over white when what is drawn is dark and over black when it is
 * light, so that a drawing never vanishes into its background; four channels keep it.
 */
export function flatten(picture: Pixels, channels: 1 | 3 | 4): Pixels {
  if (picture.channels === channels && channels !== 4) return picture
  const { width, height, data } = picture
  const count = width * height
  const result = new Float32Array(count * channels)
  const read = reader(picture)
  const paper = read.alpha && channels !== 4 ? paperBehind(picture, read) : 0
  for (let index = 0; index < count; index++) {
    const from = index * picture.channels
    const alpha = read.alpha ? (data[from + picture.channels - 1] as number) : 255
    const cover = channels === 4 ? 1 : alpha / 255
    const red = (data[from] as number) * cover + paper * (1 - cover)
    const green = (data[from + read.green] as number) * cover + paper * (1 - cover)
    const blue = (data[from + read.blue] as number) * cover + paper * (1 - cover)
    const to = index * channels
    if (channels === 1) {
      result[to] = read.green === 0 ? red : luma(red, green, blue)
      continue
    }
    result[to] = red
    result[to + 1] = green
    result[to + 2] = blue
    if (channels === 4) result[to + 3] = alpha
  }
  return { data: result, width, height, channels }
}

/** Where a pixel's colours lie from its first value on. */
interface Reader {
  readonly green: number
  readonly blue: number
  readonly alpha: boolean
}

const reader = ({ channels }: Pixels): Reader => ({
  green: channels >= 3 ? 1 : 0,
  blue: channels >= 3 ? 2 : 0,
  alpha: channels === 2 || channels === 4,
})

/** 255 under dark drawings, 0 under light ones. */
function paperBehind({ data, width, height, channels }: Pixels, { green, blue }: Reader): number {
  let weight = 0
  let sum = 0
  for (let from = 0; from < width * height * channels; from += channels) {
    const alpha = data[from + channels - 1] as number
    weight += alpha
    sum += alpha * luma(data[from] as number, data[from + green] as number, data[from + blue] as number)
  }
  return weight > 0 && sum / weight < 128 ? 255 : 0
}

/** The colour of the background: for each channel the median along the picture's edge. */
export function backgroundOf({ data, width, height, channels }: Pixels): readonly number[] {
  const at = (x: number, y: number, channel: number) => data[(y * width + x) * channels + channel] as number
  return Array.from({ length: channels }, (_, channel) => {
    const edge: number[] = []
    for (let x = 0; x < width; x++) edge.push(at(x, 0, channel), at(x, height - 1, channel))
    for (let y = 0; y < height; y++) edge.push(at(0, y, channel), at(width - 1, y, channel))
    edge.sort((a, b) => a - b)
    return edge[edge.length >> 1] as number
  })
}

export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Of the strongest difference from the background: less is noise, or the faint rim of a stroke. */
const INK = 0.2
/** A picture whose strongest difference is below this holds no ink. */
const LEAST_INK = 16

/** The smallest box that holds all ink; the whole picture when there is none. */
export function inkBox(picture: Pixels, background: readonly number[]): Box {
  const { data, width, height, channels } = picture
  const colours = channels === 4 ? 3 : channels
  const differenceAt = (index: number): number => {
    let difference = 0
    for (let channel = 0; channel < colours; channel++)
      difference = Math.max(difference, Math.abs((data[index * channels + channel] as number) - (background[channel] as number)))
    return difference
  }
  let most = 0
  for (let index = 0; index < width * height; index++) most = Math.max(most, differenceAt(index))
  if (most < LEAST_INK) return { left: 0, top: 0, width, height }
  const box = { left: width, top: height, right: -1, bottom: -1 }
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (differenceAt(y * width + x) < most * INK) continue
      box.left = Math.min(box.left, x)
      box.right = Math.max(box.right, x)
      box.top = Math.min(box.top, y)
      box.bottom = y
    }
  return { left: box.left, top: box.top, width: box.right - box.left + 1, height: box.bottom - box.top + 1 }
}
