/** Base64 of RFC 4648 §4 over octets; padding may be missing on the way in. The engines' own is not on every Node, Bun and browser we run on. */
const ALPHABET = new TextEncoder().encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const VALUES = new Uint8Array(256).fill(255)
for (const [value, code] of ALPHABET.entries()) VALUES[code] = value
const PAD = 0x3d

/** The octets that base64 text stands for; undefined when it is no base64. */
export function decodeBase64(text: Uint8Array): Uint8Array | undefined {
  let length = text.byteLength
  if (length % 4 === 0 && length > 0) {
    if (text[length - 1] === PAD) length--
    if (text[length - 1] === PAD) length--
  }
  if (length % 4 === 1) return undefined
  const out = new Uint8Array((length * 3) >> 2)
  let bits = 0
  let held = 0
  let at = 0
  for (let index = 0; index < length; index++) {
    const value = VALUES[text[index] as number] as number
    if (value === 255) return undefined
    held = ((held << 6) | value) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      out[at++] = held >> bits
    }
  }
  return out
}

export function base64Length(octets: number): number {
  return Math.ceil(octets / 3) * 4
}

/** Writes the base64 of `octets` to `target` from `from` on; returns where it ends. */
export function putBase64(target: Uint8Array, from: number, octets: Uint8Array): number {
  let at = from
  for (let index = 0; index < octets.byteLength; index += 3) {
    const left = octets.byteLength - index
    const group =
      ((octets[index] as number) << 16) |
      ((left > 1 ? (octets[index + 1] as number) : 0) << 8) |
      (left > 2 ? (octets[index + 2] as number) : 0)
    target[at++] = ALPHABET[group >> 18] as number
    target[at++] = ALPHABET[(group >> 12) & 63] as number
    target[at++] = left > 1 ? (ALPHABET[(group >> 6) & 63] as number) : PAD
    target[at++] = left > 2 ? (ALPHABET[group & 63] as number) : PAD
  }
  return at
}
