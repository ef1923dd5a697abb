/** UTF-8 as RFC 3629 §4 draws it: no overlong forms, no surrogates, nothing past U+10FFFF. */

/** Where the first octet of `bytes[from, to)` lies that begins no well-formed character; -1 when all are well-formed. */
export function malformedAt(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  while (at < to) {
    const lead = bytes[at] as number
    if (lead < 0x80) {
      at++
      continue
    }
    const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
    if (length === 0 || at + length > to) return at
    const second = bytes[at + 1] as number
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (second < low || second > high) return at
    for (let index = 2; index < length; index++) if (((bytes[at + index] as number) & 0xc0) !== 0x80) return at
    at += length
  }
  return -1
}

export function isUtf8(bytes: Uint8Array): boolean {
  return malformedAt(bytes, 0, bytes.byteLength) === -1
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The text of octets that are known to be well-formed. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

const encoder = new TextEncoder()

export function octetsOf(text: string): Uint8Array {
  return encoder.encode(text)
}
