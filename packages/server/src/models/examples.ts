/** Golden examples of a package: `examples/*.json`. */

export interface Example {
  /** The file's name without `.json`. */
  readonly name: string
  /** A V2 inference request; for an example that is a file, what the JSON says: `{ "file": "7.png" }`. */
  readonly request: unknown
  /** The file that is sent as the body. */
  readonly file?: { readonly name: string; readonly contentType: string; readonly bytes: Uint8Array }
  /** The V2 answer that is expected. */
  readonly response?: unknown
  readonly tolerance: number
}
