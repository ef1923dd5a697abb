import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { MessageTypeDefinition } from '@grpc/proto-loader'
import { loadProto } from '../../../src/dialects/grpc/proto.ts'
import { definitions, grpcServer, type Message } from '../../support/grpc.ts'
import { PAIRS } from '../../support/revision.ts'

for (const version of ['v1', 'v1alpha']) {
  test(`reflection ${version} tells the services and their files`, async () => {
    await using server = await grpcServer([PAIRS])
    const stream = server.stub(`grpc.reflection.${version}.ServerReflection`).client.ServerReflectionInfo?.()
    const ask = async (request: object): Promise<Message> => {
      stream.write(request)
      return (await once(stream, 'data'))[0]
    }
    const { list_services_response } = await ask({ list_services: '' })
    assert.deepEqual(
      list_services_response.service.map(({ name }: Message) => name),
      [
        'grpc.health.v1.Health',
        'grpc.reflection.v1.ServerReflection',
        'grpc.reflection.v1alpha.ServerReflection',
        'inference.GRPCInferenceService',
        'tensorflow.serving.ModelService',
        'tensorflow.serving.PredictionService',
      ],
    )
    const files = async (request: object) => (await ask(request)).file_descriptor_response.file_descriptor_proto.length
    assert.equal(await files({ file_containing_symbol: 'inference.GRPCInferenceService.ModelInfer' }), 2)
    assert.equal(await files({ file_containing_symbol: 'tensorflow.TensorProto' }), 1)
    assert.equal(await files({ file_by_filename: 'tensorflow_serving.proto' }), 5)
    const { error_response } = await ask({ file_containing_symbol: 'inference.None' })
    assert.equal(error_response.error_code, 5)
    assert.match(error_response.error_message, /"inference.None"/)
    assert.equal((await ask({ all_extension_numbers_of_type: 'inference.ModelInferRequest' })).error_response.error_code, 5)
    stream.end()
    await once(stream, 'end')
  })
}

test('the descriptors are those of the .proto files', async () => {
  const { registry } = await loadProto()
  const checked: string[] = []
  for (const [name, definition] of Object.entries(definitions)) {
    if (!('type' in definition) || !('field' in (definition as MessageTypeDefinition<object, object>).type)) continue
    const { field } = (definition as Message).type
    const described = registry.getMessage(name)?.fields ?? []
    assert.deepEqual(
      described.map((one) => [one.name, one.number]).sort(),
      field.map((one: Message) => [one.name, one.number]).sort(),
      `${name}: run protoc as packages/server/proto/README.md says`,
    )
    checked.push(name)
  }
  assert.ok(checked.includes('inference.ModelInferRequest') && checked.length > 50, checked.join(' '))
})
