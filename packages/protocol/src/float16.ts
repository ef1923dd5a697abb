/** FP16 and BF16 as raw 16 bits, to and from numbers; rounding is to nearest, ties to even (IEEE 754-2019 §4.3.1). */
const wide = new Float32Array(1)
const bits = new Uint32Array(wide.buffer)
const int = () => bits[0] as number

export function fromBfloat16(half: number): number {
  bits[0] = half << 16
  return wide[0] as number
}

export function toBfloat16(value: number): number {
  wide[0] = value
  let raw = int()
  if (Number.isNaN(value)) return (raw >>> 16) | 0x40
  // Rounded to odd, so that a double just past a tie is not rounded to the tie first and then the wrong way.
  const single = wide[0] as number
  if (single !== value) raw = (Math.abs(single) > Math.abs(value) ? raw - 1 : raw) | 1
  return (raw + 0x7fff + ((raw >>> 16) & 1)) >>> 16
}

export function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude >= 65520) return sign | 0x7c00
  if (magnitude < 2 ** -14) return sign | roundEven(magnitude * 2 ** 24)
  const exponent = Math.floor(Math.log2(magnitude))
  const scale = magnitude < 2 ** exponent ? exponent - 1 : magnitude >= 2 ** (exponent + 1) ? exponent + 1 : exponent
  // A fraction that rounds up to 1024 carries into the exponent by plain addition, as it should.
  return sign | (((scale + 15) << 10) + roundEven((magnitude / 2 ** scale - 1) * 1024))
}

function roundEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest > 0.5 || (rest === 0.5 && floor % 2 === 1)) return floor + 1
  return floor
}
