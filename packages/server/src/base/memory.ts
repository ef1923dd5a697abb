/** Memory outside the engine's heap, given back when it is known to be done with. */

/** Less than this is no burden to the collector. */
const WORTH_BYTES = 16 * 1024

/**
 * Gives the memory of a buffer that was copied back at once; nobody may hold the buffer any more. Left to the collector, the chunks of large
 * bodies add up to a gigabyte a second, which sets off one full collection after the other.
 */
export function letGo(chunk: Uint8Array): void {
  const { buffer, byteOffset, byteLength } = chunk
  // A piece of memory that others share is not ours to give; up to 7 octets before it are there to align it.
  if (byteLength < WORTH_BYTES || byteOffset >= 8 || byteOffset + byteLength !== buffer.byteLength) return
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
