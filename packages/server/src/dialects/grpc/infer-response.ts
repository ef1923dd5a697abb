/** ModelInferResponse: from the neutral answer to octets in parts; the elements of a tensor are written from where they lie. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { byteLength, bytesOf, type InferResponse, type Parameters, type ParameterValue, putBlob, type Tensor } from '@slipway/protocol'
import type { Parts } from '../../http/rpc.ts'

/** Everything but the elements first, then those of each output, raw, as Triton answers. */
export function encodeInferResponse(response: InferResponse): Parts {
  const writer = new BinaryWriter()
  writer.tag(1, WireType.LengthDelimited).string(response.model)
  if (response.version !== '') writer.tag(2, WireType.LengthDelimited).string(response.version)
  if (response.id !== undefined) writer.tag(3, WireType.LengthDelimited).string(response.id)
  writeParameters(writer, 4, response.parameters)
  for (const [name, value] of response.outputs) {
    writer.tag(5, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.LengthDelimited).string(name)
    writer.tag(2, WireType.LengthDelimited).string(value.datatype)
    if (value.shape.length > 0) {
      writer.tag(3, WireType.LengthDelimited).fork()
      for (const size of value.shape) writer.int64(size)
      writer.join()
    }
    writer.join()
  }
  const parts: Uint8Array[] = []
  let head = writer
  for (const value of response.outputs.values()) {
    head.tag(6, WireType.LengthDelimited).uint32(byteLength(value))
    parts.push(head.finish(), rawOctets(value))
    head = new BinaryWriter()
  }
  if (parts.length === 0) parts.push(writer.finish())
  return parts
}

function rawOctets(value: Tensor): Uint8Array {
  if (value.datatype !== 'BYTES') return bytesOf(value.data)
  const octets = new Uint8Array(byteLength(value))
  putBlob(octets, 0, value)
  return octets
}

function writeParameters(writer: BinaryWriter, field: number, parameters: Parameters | undefined): void {
  for (const [key, value] of parameters ?? []) {
    writer.tag(field, WireType.LengthDelimited).fork()
    writer.tag(1, WireType.LengthDelimited).string(key)
    writer.tag(2, WireType.LengthDelimited).fork()
    writeChoice(writer, value)
    writer.join().join()
  }
}

function writeChoice(writer: BinaryWriter, value: ParameterValue): void {
  if (typeof value === 'boolean') writer.tag(1, WireType.Varint).bool(value)
  else if (typeof value === 'string') writer.tag(3, WireType.LengthDelimited).string(value)
  else if (typeof value === 'bigint' && value > 2n ** 63n - 1n) writer.tag(5, WireType.Varint).uint64(value)
  else if (typeof value === 'bigint' || Number.isSafeInteger(value)) writer.tag(2, WireType.Varint).int64(value)
  else writer.tag(4, WireType.Bit64).double(value)
}
