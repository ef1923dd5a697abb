import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describedRoutes } from '../../src/api/openapi.ts'
import { operationId, pathItems, type RouteGroup, template } from '../../src/api/openapi-paths.ts'
import { json } from '../../src/http/respond.ts'
import type { Route } from '../../src/http/route.ts'
import { createRouter } from '../../src/http/router.ts'
import { example, fixture, serviceOf } from '../support/service.ts'

interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly parameters?: readonly { readonly name: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> }
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

const MODELS = ['digits', 'iris', 'tickets'] as const
let service: Awaited<ReturnType<typeof serviceOf>>
let document: Document
const get = async (path: string) => (await fetch(`${service.url}${path}`)).json()
before(async () => {
  const fixtures = ['several-inputs-outputs', 'rank-0', 'identity-int64', 'optional-input', 'unnamed-dimensions']
  service = await serviceOf([...MODELS.map(example), ...fixtures.map((name) => fixture(`${name}.onnx`))])
  document = (await get('/api/v1/openapi.json')) as Document
})
after(() => service[Symbol.asyncDispose]())

/** A validator of one component, its references resolved within the document. */
function validatorOf(name: string) {
  const ajv = new Ajv2020({ strict: false })
  ajv.addSchema(document, 'doc')
  const validate = ajv.compile({ $ref: `doc#/components/schemas/${name}` })
  return (value: unknown) =>
    validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

test('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>)
  assert.deepEqual(result, { valid: true })
})

test('every route that is given to the router is in the document, and every operation of the document has its route', () => {
  const routes = [
    ['GET', '/v1/models/:model([^:]+)'],
    ['POST', '/v1/models/:model([^:]+)/versions/:version([^:]+)::predict'],
    ['PUT', '/predictions/:name'],
    ['POST', '/predictions/:model'],
    ['GET', '/'],
  ] as const
  const handle = () => json({})
  const made = routes.map(([method, path]): Route => ({ method, path, access: 'infer', handle, problem: handle }))
  const groups: RouteGroup[] = [
    { name: 'some', routes: made.slice(0, 3) },
    { name: 'others', routes: made.slice(3) },
  ]
  const all = describedRoutes({ dataPlane: { table: new Map() }, version: '1' }, groups)
  assert.deepEqual(all.slice(0, -1), made)
  const items = pathItems([...groups, { name: 'description', routes: all.slice(-1) }])
  assert.deepEqual(Object.keys(items), [
    '/v1/models/{model}',
    '/v1/models/{model}/versions/{version}:predict',
    '/predictions/{name}',
    '/',
    '/api/v1/openapi.json',
  ])
  const router = createRouter(all)
  for (const [path, item] of Object.entries(items))
    for (const method of Object.keys(item)) assert.ok(router.find(method.toUpperCase(), path.replace(/\{\w+\}/g, 'x')), path)
  const count = Object.values(items).reduce((sum, item) => sum + Object.keys(item).length, 0)
  assert.equal(count, all.length)
})

test('a path that two dialects share is one operation with both their names', () => {
  const handle = () => json({})
  const route: Route = { method: 'POST', path: '/invocations', access: 'infer', handle, problem: handle }
  const items = pathItems([
    { name: 'sagemaker', routes: [route] },
    { name: 'mlflow', routes: [{ ...route, claims: () => true }] },
  ])
  assert.deepEqual(items['/invocations']?.post?.tags, ['sagemaker', 'mlflow'])
})

test('paths become templates', () => {
  assert.equal(
    template('/v1/endpoints/:endpoint/deployedModels/:deployed([^:]+)::predict').path,
    '/v1/endpoints/{endpoint}/deployedModels/{deployed}:predict',
  )
  assert.deepEqual(
    template('/files/*').parameters.map(({ name }) => name),
    ['rest'],
  )
  assert.deepEqual(template('/m/:model([^:]+)').parameters[0]?.schema, { type: 'string', pattern: '^[^:]+$' })
  assert.notEqual(operationId('GET', '/v1/a:b'), operationId('GET', '/v1/a/b'))
})

test('every operation has a name of its own, and every parameter of its path', () => {
  const names = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.values(item).map((operation) => {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      assert.deepEqual(
        (operation.parameters ?? []).map(({ name }) => name),
        inPath,
        path,
      )
      return operation.operationId
    }),
  )
  assert.equal(new Set(names).size, names.length)
  for (const path of ['/v2/health/ready', '/v2/models/{model}/infer', '/v1/models/{model}:predict', '/metrics', '/api/v1/openapi.json'])
    assert.ok(path in document.paths, path)
})

for (const model of MODELS) {
  test(`the golden examples of ${model} and their answers fit the schemas of V2, and a wrong datatype does not`, async () => {
    const [request, response] = [validatorOf(`${model}.InferRequest`), validatorOf(`${model}.InferResponse`)]
    const { examples } = (await get(`/api/v1/models/${model}/examples`)) as { examples: readonly { request: object; file?: object }[] }
    const bodies = examples.filter(({ file }) => file === undefined).map(({ request: body }) => body)
    assert.ok(bodies.length > 0)
    for (const body of bodies) {
      assert.deepEqual(request(body), [])
      const answer = await fetch(`${service.url}/v2/models/${model}/infer`, { method: 'POST', body: JSON.stringify(body) })
      assert.deepEqual(response(await answer.json()), [])
    }
    assert.notDeepEqual(request(JSON.parse(JSON.stringify(bodies[0]).replace(/"datatype":"\w+"/, '"datatype":"BOOL"'))), [])
  })
}

test('a plain request and its answer fit the schemas', async () => {
  const request = validatorOf('iris.PredictRequest')
  const headers = { 'content-type': 'application/json' }
  const body = { inputs: { measurements: [[5.1, 3.5, 1.4, 0.2]] } }
  assert.deepEqual(request(body), [])
  assert.notDeepEqual(request({ inputs: { measurements: [[5.1, 3.5, 1.4]] } }), [])
  assert.notDeepEqual(request({ inputs: { measured: [[5.1, 3.5, 1.4, 0.2]] } }), [])
  const answer = await fetch(`${service.url}/api/v1/models/iris/predict`, { method: 'POST', body: JSON.stringify(body), headers })
  assert.deepEqual(validatorOf('iris.PredictAnswer')(await answer.json()), [])
})

test('a model whose input is a picture takes one as the body', () => {
  const content = (model: string) => Object.keys(document.paths[`/api/v1/models/${model}/predict`]?.post?.requestBody?.content ?? {})
  assert.ok(content('digits').includes('image/*'))
  assert.ok(!content('iris').includes('image/*'))
  for (const type of ['text/csv', 'multipart/form-data']) assert.ok(content('iris').includes(type), type)
})
