/** A picture as the whole body, or as a file in a form. The replica decodes it, never this process. */
import { quoted, ServeError, type Tensors, tensor } from '@slipway/protocol'
import type { Revision } from '../../serving/revision.ts'

/** The model's only input of kind image; undefined when there is none, or more than one. */
export function pictureInput({ package: { transforms } }: Revision): string | undefined {
  const [first] = transforms
  return transforms.length === 1 ? first?.input : undefined
}

/** Encoded pictures, one a row. Throws UNSUPPORTED_MEDIA_TYPE for a model that has not exactly one input of kind image. */
export function pictureInputs(revision: Revision, pictures: readonly Uint8Array[]): Tensors {
  const input = pictureInput(revision)
  if (input !== undefined) return new Map([[input, tensor('BYTES', [pictures.length], pictures)]])
  throw new ServeError(
    'UNSUPPORTED_MEDIA_TYPE',
    `model ${quoted(revision.model)} takes no image as its body; it has ${revision.package.transforms.length === 0 ? 'no input' : 'several inputs'} of kind image: send JSON`,
  )
}

const SIGNATURES: readonly (readonly number[])[] = [
  [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  [0xff, 0xd8, 0xff],
  [0x52, 0x49, 0x46, 0x46],
  [0x47, 0x49, 0x46, 0x38],
]

/** Whether the octets begin as a PNG, JPEG, WebP or GIF does, for clients that send files without a content type. */
export function looksLikePicture(bytes: Uint8Array): boolean {
  return SIGNATURES.some((signature) => signature.every((octet, index) => bytes[index] === octet))
}
