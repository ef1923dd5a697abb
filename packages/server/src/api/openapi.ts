/** GET /api/v1/openapi.json: every route of this server, with typed bodies for the models that are loaded. Source: OpenAPI 3.1.1. */
import { errorJson, json } from '../http/respond.ts'
import type { Route } from '../http/route.ts'
import type { DataPlane } from '../serving/data-plane.ts'
import type { Revision } from '../serving/revision.ts'
import { modelPaths, modelSchemas } from './openapi-models.ts'
import { type PathItems, pathItems, type RouteGroup } from './openapi-paths.ts'
import { type JsonSchema, NON_FINITE } from './tensor-schema.ts'

export interface OpenApiDeps {
  readonly dataPlane: Pick<DataPlane, 'table'>
  readonly version: string
}

const PATH = '/api/v1/openapi.json'

/** The routes of all groups, and one more that describes them and itself. */
export function describedRoutes(deps: OpenApiDeps, groups: readonly RouteGroup[]): readonly Route[] {
  const description: Route = {
    method: 'GET',
    path: PATH,
    access: 'admin',
    handle: () => json(openApiDocument(paths, deps)),
    problem: errorJson,
  }
  const paths = pathItems([...groups, { name: 'description', routes: [description] }])
  return [...groups.flatMap(({ routes }) => routes), description]
}

/** Groups by name, as documentation shows them. One that is missing here is shown without a sentence. */
const ABOUT: Readonly<Record<string, string>> = {
  v2: 'Open Inference Protocol V2 (KServe, Triton, MLServer)',
  triton: 'What Triton adds to V2: configuration, statistics, repository',
  tfserving: 'TensorFlow Serving REST, and KServe V1 on the same paths',
  sagemaker: 'Amazon SageMaker containers; `/invocations` is shared with MLflow and told apart by the body',
  mlflow: 'MLflow scoring',
  vertex: 'Vertex AI custom containers',
  azure: 'Azure Machine Learning online endpoints',
  torchserve: 'TorchServe inference',
  truss: 'Truss: any JSON value of a model that is a Truss',
  bentoml: 'The method of a BentoML service, by its name',
  seldon: 'Seldon Core V1',
  cog: 'Cog',
  plain: 'Named inputs as ordinary JSON, CSV, a form or an image: what the playground uses',
  admin: 'State of this server and its models',
  description: 'This document',
}

function openApiDocument(paths: PathItems, { dataPlane, version }: OpenApiDeps): unknown {
  const revisions = Array.from(dataPlane.table.values(), ({ serving }) => serving)
  const tags = [...new Set(Object.values(paths).flatMap((item) => Object.values(item).flatMap((operation) => operation.tags)))]
  return {
    openapi: '3.1.1',
    info: {
      title: 'Slipway',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: 'Every model in every dialect. Paths that name a model have typed bodies; `{model}` takes any that is loaded.',
    },
    servers: [{ url: '/' }],
    tags: tags.map((name) => ({ name, ...(ABOUT[name] === undefined ? {} : { description: ABOUT[name] }) })),
    paths: { ...paths, ...Object.assign({}, ...revisions.map(modelPaths)) },
    components: { schemas: schemas(revisions) },
  }
}

function schemas(revisions: readonly Revision[]): Readonly<Record<string, JsonSchema>> {
  const shared: Readonly<Record<string, JsonSchema>> = {
    Error: { type: 'object', required: ['error'], properties: { error: { type: 'string', description: 'What, which, and what to do' } } },
    NonFinite: NON_FINITE,
  }
  return Object.assign({ ...shared }, ...revisions.map(modelSchemas))
}
