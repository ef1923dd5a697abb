/** SHA-256 digests as Slipway writes them: `sha256:` and 64 hexadecimal digits. */
import { createHash, type Hash } from 'node:crypto'

export function createDigest(): Hash {
  return createHash('sha256')
}

export function digestText(hash: Hash): string {
  return `sha256:${hash.digest('hex')}`
}
