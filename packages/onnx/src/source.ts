/** How this package reads files: the caller hands in an opened file, so that no path of a model is ever opened here. */

/** One opened file. Reads go through one descriptor, so what was checked is what is read. */
export interface FileSource {
  readonly size: number
  /** Hard links to the file's data; more than 1 means that it may be another file in disguise. */
  readonly links: number
  /** Exactly `length` octets from `offset`; rejects past the end. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** The folder that a model file lies in. */
export interface Folder {
  /** The regular file of that plain name or relative path, or why it may not be used ('missing', 'symbolic link', 'outside'). */
  open(path: string): Promise<FileSource | { readonly refused: string }>
}

/** A whole file in memory. */
export function bytesSource(bytes: Uint8Array): FileSource {
  return {
    size: bytes.byteLength,
    links: 1,
    read: async (offset, length) => {
      if (offset < 0 || length < 0 || offset + length > bytes.byteLength)
        throw new RangeError(`read past the end: ${offset} + ${length} of ${bytes.byteLength}`)
      return bytes.subarray(offset, offset + length)
    },
  }
}
