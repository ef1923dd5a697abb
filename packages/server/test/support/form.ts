/** Bodies of multipart/form-data, octet for octet as curl sends them. */
const BOUNDARY = '------------------------d74496d66958873e'

export interface Part {
  readonly name: string
  readonly bytes: Uint8Array | string
  readonly filename?: string
  readonly type?: string
}

export function form(parts: readonly Part[]): { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array } {
  const chunks = parts.flatMap(({ name, bytes, filename, type }) => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n`,
    ),
    Buffer.from(`${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n`),
    Buffer.from(bytes as Uint8Array),
    Buffer.from('\r\n'),
  ])
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: Buffer.concat([...chunks, Buffer.from(`--${BOUNDARY}--\r\n`)]),
  }
}
