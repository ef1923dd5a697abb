/** A ModelInferRequest of one FP32 row, written by hand. Source: open-inference-protocol, grpc_predict_v2.proto. */
import type { Load } from './measure.ts'

export interface GrpcPlan extends Load {
  readonly port: number
  /** The message in base64, the same for every call. */
  readonly body: string
  readonly expected: readonly number[]
}

const varint = (value: number): Buffer => {
  const octets: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...octets, rest])
    octets.push((rest & 0x7f) | 0x80)
  }
}

/** A length-delimited field. */
const field = (number: number, value: Buffer | string): Buffer => {
  const octets = Buffer.from(value as Buffer)
  return Buffer.concat([varint((number << 3) | 2), varint(octets.length), octets])
}

/** For the model mlp64, its contents raw. */
export function modelInferMessage(row: readonly number[]): Buffer {
  const shape = Buffer.concat([varint(1), varint(row.length)])
  const input = Buffer.concat([field(1, 'x'), field(2, 'FP32'), field(3, shape)])
  const raw = Buffer.from(Float32Array.from(row).buffer)
  return Buffer.concat([field(1, 'mlp64'), field(5, input), field(7, raw)])
}
