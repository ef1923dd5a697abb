import { type Check, ok } from './check.ts'
import { loadNative } from './native-module.ts'

/** Decodes PNG, JPEG, WebP and GIF for inputs declared as images; every other model works without it. */
export const sharp: Check = {
  name: 'Images',
  run: async () => {
    try {
      const versions = await loadNative('sharp')
      return ok(`sharp ${versions.sharp ?? ''} loads (libvips ${versions.vips ?? 'unknown'})`)
    } catch (error) {
      return {
        status: 'warning',
        what: 'sharp does not load: models that take images get tensors only',
        why: (error as Error).message,
        next: 'npm ci --include=optional',
      }
    }
  },
}
