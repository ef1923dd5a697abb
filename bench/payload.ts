/** What is sent: the same numbers to everyone, in each one's own request. */
import type { Expected } from './answer.ts'

export interface Payload {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly expected: Expected
}

/** The whole request as it goes over the wire. */
export function requestOctets(port: number, { path, headers, body }: Pick<Payload, 'path' | 'headers' | 'body'>): Buffer {
  const lines = [`POST ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, `Content-Length: ${body.length}`]
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body])
}

const JSON_HEADERS = { 'Content-Type': 'application/json' }

/** 64 features as people send them: a few digits each, the same in every run. */
export const ROW: readonly number[] = Array.from({ length: 64 }, (_, index) => Number((Math.sin(index * 12.9898) * 2).toFixed(6)))

const PLANE = 224 * 224
/** A picture's worth of FP32 values, [1, 3, 224, 224]: 602,112 octets. Each plane is darker than the one before, so that none is taken for another. */
export const IMAGE: Float32Array = Float32Array.from(
  { length: 3 * PLANE },
  (_, index) => ((index * 7919) % 256) / 255 / (1 + Math.floor(index / PLANE)),
)

/** The row as the FastAPI peers take it; shorter than V2's form. */
export function peerRow(expected: readonly number[]): Payload {
  return {
    path: '/predict',
    headers: JSON_HEADERS,
    body: Buffer.from(JSON.stringify({ x: ROW })),
    expected: { numbers: expected, at: ['y'] },
  }
}

/** The row in the Open Inference Protocol V2. */
export function v2Row(expected: readonly number[]): Payload {
  const body = { inputs: [{ name: 'x', shape: [1, 64], datatype: 'FP32', data: ROW }] }
  return {
    path: '/v2/models/mlp64/infer',
    headers: JSON_HEADERS,
    body: Buffer.from(JSON.stringify(body)),
    expected: { numbers: expected, at: ['outputs', 0, 'data'] },
  }
}

/** The picture in V2's binary extension, answered in binary. */
export function v2Image(expected: readonly number[]): Payload {
  const input = { name: 'image', shape: [1, 3, 224, 224], datatype: 'FP32', parameters: { binary_data_size: IMAGE.byteLength } }
  const head = Buffer.from(JSON.stringify({ inputs: [input], parameters: { binary_data_output: true } }))
  return {
    path: '/v2/models/image224/infer',
    headers: { 'Content-Type': 'application/octet-stream', 'Inference-Header-Content-Length': String(head.length) },
    body: Buffer.concat([head, new Uint8Array(IMAGE.buffer)]),
    expected: { numbers: expected, at: 'binary' },
  }
}
