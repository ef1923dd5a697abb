/** Finds where the elements of a large tensor begin in a message of which only the start has come. */

/** Wire types; the one of lengths is that of strings, octets, messages and packed numbers. */
const FIXED_64 = 1
const LENGTH_DELIMITED = 2
const FIXED_32 = 5

/**
 * Where the content of a field begins that goes on past `start`; `path` leads to it through the messages it is in. Undefined when there is none.
 * Fields before it must end within `start`, as they do in what clients write: large ones come last.
 */
export function bulkOffset(start: Uint8Array, path: readonly number[]): number | undefined {
  let at = 0
  for (const wanted of path) {
    const found = longField(start, at, wanted)
    if (found === undefined) return undefined
    at = found
  }
  return at
}

/** Where the content of this field begins, if it is the first from `from` on that ends behind `start`. */
function longField(start: Uint8Array, from: number, wanted: number): number | undefined {
  let at = from
  while (at < start.byteLength) {
    const tag = varint(start, at)
    if (tag === undefined) return undefined
    at = tag.end
    const wire = tag.value & 7
    const length = varint(start, at)
    if (length === undefined) return undefined
    if (wire === FIXED_64 || wire === FIXED_32) at += wire === FIXED_64 ? 8 : 4
    else at = length.end + (wire === LENGTH_DELIMITED ? length.value : 0)
    if (at > start.byteLength) return wire === LENGTH_DELIMITED && tag.value >>> 3 === wanted ? length.end : undefined
  }
  return undefined
}

/** Up to 35 bits, which is what tags and lengths have. */
function varint(bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  for (let index = 0; index < 5; index++) {
    const octet = bytes[from + index]
    if (octet === undefined) return undefined
    value += (octet & 0x7f) * 2 ** (7 * index)
    if (octet < 0x80) return { value, end: from + index + 1 }
  }
  return undefined
}
