/** The real clients: which script of packages/server/test/clients has each, and what it proves. */

/** A dialect and the routes of it that a script has called, as the documentation names them. */
export interface Proof {
  readonly dialect: string
  readonly routes: string
}

export interface Client {
  /** In packages/server/test/clients; its first lines name the packages that it needs, as PEP 723 has it. */
  readonly script: string
  /** What speaks, as people know it. */
  readonly name: string
  readonly proves: readonly Proof[]
  /** What the script is told of the server. */
  readonly asks: (place: Place) => readonly string[]
}

export interface Place {
  readonly url: string
  /** host:port of gRPC. */
  readonly grpc: string
  /** The folder of the example packages, and of the conformance models. */
  readonly models: string
  readonly fixtures: string
}

const all = ({ url, grpc, models, fixtures }: Place): readonly string[] => [url, grpc, models, fixtures]

export const CLIENTS: readonly Client[] = [
  {
    script: 'tritonclient_http.py',
    name: 'tritonclient.http',
    asks: ({ url, models }) => [url, `${models}/digits`],
    proves: [
      { dialect: 'Open Inference Protocol V2', routes: '`/v2/…`: health, metadata, `infer` in JSON, binary, gzip, asynchronous' },
      { dialect: 'Triton', routes: '`config`, `stats`, `repository/index`, `load`, `unload`, classification, `timeout`, `priority`' },
    ],
  },
  {
    script: 'tritonclient_grpc.py',
    name: 'tritonclient.grpc, with grpcio-health-checking and grpcio-reflection',
    asks: all,
    proves: [
      {
        dialect: 'Open Inference Protocol V2, gRPC',
        routes: 'all core calls, `ModelStreamInfer`, `grpc.health.v1`, reflection',
      },
      {
        dialect: 'Triton, gRPC',
        routes: '`ModelConfig`, `ModelStatistics`, `RepositoryIndex`, `RepositoryModelLoad`, `RepositoryModelUnload`, classification',
      },
    ],
  },
  {
    script: 'tfserving_grpc.py',
    name: 'tensorflow-serving-api',
    asks: all,
    proves: [
      {
        dialect: 'TensorFlow Serving, gRPC',
        routes: '`PredictionService.Predict`, `GetModelMetadata`, `ModelService.GetModelStatus`',
      },
    ],
  },
  {
    script: 'kserve_client.py',
    name: 'kserve `InferenceRESTClient`, `InferenceGRPCClient`',
    asks: all,
    proves: [
      { dialect: 'KServe V1', routes: '`/v1/models/{m}:predict`, `/v1/models/{m}`' },
      { dialect: 'Open Inference Protocol V2', routes: '`/v2/…`: health, `infer` in JSON and binary' },
      { dialect: 'Open Inference Protocol V2, gRPC', routes: '`ModelInfer`, `ServerLive`, `ServerReady`, `ModelReady`' },
    ],
  },
  {
    script: 'sagemaker_boto3.py',
    name: 'boto3 `sagemaker-runtime`',
    asks: all,
    proves: [{ dialect: 'SageMaker', routes: '`/invocations` as JSON, CSV, JSON lines, NumPy and a picture' }],
  },
  {
    script: 'mlflow_scoring.py',
    name: 'mlflow `ScoringServerClient`',
    asks: all,
    proves: [{ dialect: 'MLflow', routes: '`/invocations` with each of its four keys, `/ping`, `/version`, `/health`' }],
  },
  {
    script: 'requests_rest.py',
    name: 'requests',
    asks: all,
    proves: [
      { dialect: 'TensorFlow Serving', routes: '`:predict` by row and by column, status, metadata' },
      { dialect: 'Vertex AI', routes: '`/v1/endpoints/{e}/deployedModels/{d}:predict`, health' },
      { dialect: 'Azure ML', routes: '`/score`, `/`' },
      { dialect: 'TorchServe', routes: '`/predictions/{m}`' },
      { dialect: 'Seldon v1', routes: '`/api/v1.0/predictions`' },
      { dialect: 'Cog', routes: '`/predictions`' },
      { dialect: 'plain', routes: '`/api/v1/models/{m}/predict`' },
    ],
  },
  // Three of the clients above, as the README shows them.
  { script: 'readme_clients.py', name: 'requests, kserve, tritonclient in the README', asks: all, proves: [] },
]
