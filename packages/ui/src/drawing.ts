/** What a model sees of a drawing: cropped to its ink, padded to the model's aspect, averaged down over areas. Pure; pixels in, plane out. */

/** Pixels as a canvas gives them: RGBA, row-major, 0–255. */
export interface Pixels {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number
}

/** Brightness of each pixel, 0–255, row-major. */
export interface Plane {
  readonly data: Float32Array
  readonly width: number
  readonly height: number
}

/** A region of a picture, in its pixels. It may reach past the edges: what lies outside is background. */
export interface Region {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Target {
  readonly width: number
  readonly height: number
}

/** Of the brightest pixel: what is fainter is the soft edge of a stroke, or noise. */
const INK_SHARE = 0.2

/** How much ink each pixel holds, 0 (background) to 255. `dark` ink is the absence of light, as on paper. */
export function inkPlane(pixels: Pixels, ink: 'light' | 'dark'): Plane {
  const rgba = pixels.data
  const data = new Float32Array(pixels.width * pixels.height)
  for (let at = 0, from = 0; at < data.length; at++, from += 4) {
    const light = 0.299 * (rgba[from] ?? 0) + 0.587 * (rgba[from + 1] ?? 0) + 0.114 * (rgba[from + 2] ?? 0)
    data[at] = ((ink === 'light' ? light : 255 - light) * (rgba[from + 3] ?? 0)) / 255
  }
  return { data, width: pixels.width, height: pixels.height }
}

/** The smallest region that holds every pixel at least a fifth as bright as the brightest; undefined when nothing is drawn. */
export function inkBox(plane: Plane): Region | undefined {
  let left = plane.width
  let right = -1
  let top = plane.height
  let bottom = -1
  const faint = plane.data.reduce((most, value) => Math.max(most, value), 0) * INK_SHARE
  if (faint < 1) return undefined
  for (let y = 0; y < plane.height; y++) {
    for (let x = 0; x < plane.width; x++) {
      if ((plane.data[y * plane.width + x] ?? 0) < faint) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = y
    }
  }
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 }
}

/** The region of the target's aspect around `box`, with the box in its middle: `contain` grows it, `cover` cuts it, `fill` leaves it to be stretched. */
export function frame(box: Region, target: Target, fit: 'contain' | 'cover' | 'fill' = 'contain'): Region {
  if (fit === 'fill') return box
  const scales = [box.width / target.width, box.height / target.height]
  const scale = fit === 'contain' ? Math.max(...scales) : Math.min(...scales)
  const width = target.width * scale
  const height = target.height * scale
  return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height }
}

/** The region shrunk (or grown) to `target`: every pixel is the mean of the area it covers; outside the plane is 0. */
export function areaAverage(plane: Plane, region: Region, target: Target): Plane {
  const across = weights(region.x, region.width, { pixels: target.width, size: plane.width })
  const down = weights(region.y, region.height, { pixels: target.height, size: plane.height })
  const data = new Float32Array(target.width * target.height)
  down.forEach((rows, y) => {
    across.forEach((columns, x) => {
      let sum = 0
      for (const row of rows) for (const col of columns) sum += row.weight * col.weight * (plane.data[row.at * plane.width + col.at] ?? 0)
      data[y * target.width + x] = sum
    })
  })
  return { data, width: target.width, height: target.height }
}

interface Weight {
  readonly at: number
  readonly weight: number
}

/** For each target pixel of one axis: the source pixels it covers and the share of each. */
function weights(start: number, length: number, axis: { readonly pixels: number; readonly size: number }): Weight[][] {
  const step = length / axis.pixels
  return Array.from({ length: axis.pixels }, (_, index) => {
    const from = start + index * step
    const to = from + step
    const covered: Weight[] = []
    for (let at = Math.max(0, Math.floor(from)); at < Math.min(axis.size, Math.ceil(to)); at++) {
      const share = Math.min(to, at + 1) - Math.max(from, at)
      if (share > 0) covered.push({ at, weight: share / step })
    }
    return covered
  })
}
