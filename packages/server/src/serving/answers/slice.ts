/** A fixed share of all inputs: equal inputs are in it or out of it together, and to tell costs the same for any size. */
import { bytesOf, type Tensors } from '@slipway/protocol'

/** Octets of each tensor that are looked at. */
const LOOKED_AT = 48
const FNV_PRIME = 0x01000193

/** A number of 32 bits that equal inputs have in common; `salt` picks another one. */
export function sliceOf(inputs: Tensors, salt: number): number {
  let mixed = 0x811c9dc5 ^ salt
  for (const { datatype, data } of inputs.values()) {
    mixed = mix(mixed, data.length)
    // Of texts, the ends of the list: the middle of a long one is left to chance, as is that of a long tensor.
    if (datatype === 'BYTES') for (const element of [data[0], data.at(-1)]) mixed = element === undefined ? mixed : sample(mixed, element)
    else mixed = sample(mixed, bytesOf(data))
  }
  // The low bits alone would follow the last octet.
  return finish(mixed)
}

function sample(start: number, octets: Uint8Array): number {
  let mixed = mix(start, octets.byteLength)
  // An odd step meets every octet of a value, exponents and fractions alike.
  const step = Math.max(1, Math.floor(octets.byteLength / LOOKED_AT) | 1)
  for (let at = 0; at < octets.byteLength; at += step) mixed = mix(mixed, octets[at] as number)
  return mixed
}

const mix = (mixed: number, value: number): number => Math.imul(mixed ^ value, FNV_PRIME)

function finish(mixed: number): number {
  let bits = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
