/** The messages of packages/server/proto: one file of descriptors tells reflection and every codec that is not in the way of inference. */
import { readFile } from 'node:fs/promises'
import {
  createFileRegistry,
  type DescFile,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { ServeError } from '@slipway/protocol'

export interface Proto {
  /** Every file, what it imports before it. */
  readonly files: readonly DescFile[]
  readonly registry: FileRegistry
  /** A message of this full name as JSON: its own field names, 64-bit integers as strings, absent fields left out. Throws INVALID_ARGUMENT. */
  decode(type: string, bytes: Uint8Array): Readonly<Record<string, unknown>>
  /** The octets of a message from its JSON, by the rules of proto3. */
  encode(type: string, json: unknown): Uint8Array
}

const DESCRIPTORS = new URL('../../../proto/descriptors.binpb', import.meta.url)

export async function loadProto(): Promise<Proto> {
  const set = fromBinary(FileDescriptorSetSchema, await readFile(DESCRIPTORS))
  const registry = createFileRegistry(set)
  const message = (type: string) => {
    const found = registry.getMessage(type)
    if (found === undefined) throw new Error(`${type} is no message of ${DESCRIPTORS.pathname}`)
    return found
  }
  return {
    files: [...registry.files],
    registry,
    decode: (type, bytes) => {
      const schema = message(type)
      try {
        return toJson(schema, fromBinary(schema, bytes), { useProtoFieldName: true, registry }) as Record<string, unknown>
      } catch (error) {
        throw new ServeError('INVALID_ARGUMENT', `the message is no valid ${type}: check that the caller uses the same .proto`, {
          cause: error,
        })
      }
    },
    encode: (type, json) => {
      const schema = message(type)
      return toBinary(schema, fromJson(schema, json as JsonValue, { registry, ignoreUnknownFields: true }))
    },
  }
}
