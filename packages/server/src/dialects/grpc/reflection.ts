/** Server reflection, v1 and v1alpha: which services there are, and their .proto files. Source: grpc/grpc doc/server-reflection.md. */
import { type DescFile, toBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import { ERROR_CODES, quoted } from '@slipway/protocol'
import type { Parts, RpcMessage } from '../../http/rpc.ts'
import type { Proto } from './proto.ts'
import { type Fields, type GrpcService, text } from './service.ts'

export const REFLECTION = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'] as const

export function createReflectionServices(proto: Proto, services: readonly string[]): readonly GrpcService[] {
  const names = [...services, ...REFLECTION].sort()
  return REFLECTION.map((name) => {
    const types = name.slice(0, name.lastIndexOf('.'))
    return {
      name,
      methods: [
        {
          kind: 'stream' as const,
          path: `/${name}/ServerReflectionInfo`,
          access: 'public' as const,
          handle: (messages: AsyncIterable<RpcMessage>) => answers(proto, types, messages, names),
        },
      ],
    }
  })
}

async function* answers(proto: Proto, types: string, messages: AsyncIterable<RpcMessage>, names: readonly string[]): AsyncGenerator<Parts> {
  for await (const message of messages) {
    const request = proto.decode(`${types}.ServerReflectionRequest`, message.bytes)
    message.release()
    const response = { valid_host: text(request, 'host'), original_request: request, ...answer(proto, request, names) }
    yield [proto.encode(`${types}.ServerReflectionResponse`, response)]
  }
}

function answer(proto: Proto, request: Fields, names: readonly string[]): Fields {
  if ('list_services' in request) return { list_services_response: { service: names.map((name) => ({ name })) } }
  if ('all_extension_numbers_of_type' in request || 'file_containing_extension' in request) return absent('there are no extensions here')
  const wanted = text(request, 'file_by_filename')
  const symbol = text(request, 'file_containing_symbol')
  const file = wanted === '' ? fileOf(proto, symbol) : proto.files.find(({ proto: { name } }) => name === wanted)
  if (file === undefined)
    return absent(`there is no ${wanted === '' ? `symbol ${quoted(symbol)}` : `file ${quoted(wanted)}`}; list_services says what there is`)
  return { file_descriptor_response: { file_descriptor_proto: withImports(file).map(octets) } }
}

const absent = (error_message: string): Fields => ({ error_response: { error_code: ERROR_CODES.NOT_FOUND.grpc, error_message } })

/** By a full name; that of a method or a field belongs to what it is in. */
function fileOf({ registry }: Proto, symbol: string): DescFile | undefined {
  for (let name = symbol; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const found = registry.getMessage(name) ?? registry.getService(name) ?? registry.getEnum(name)
    if (found !== undefined) return found.file
  }
  return undefined
}

/** The file asked for first. */
function withImports(file: DescFile): readonly DescFile[] {
  return [...new Set([file, ...file.dependencies.flatMap(withImports)])]
}

const octets = (file: DescFile): string => Buffer.from(toBinary(FileDescriptorProtoSchema, file.proto)).toString('base64')
