/** Every setting of Slipway: its unit is in its name, its default and its meaning stand here and nowhere else. */
import * as z from 'zod'
import { providers } from './provider-schema.ts'
import { count, countOrAuto, milliseconds, size, sizeOrAuto, sizeOrOff } from './quantities.ts'

const paths = z
  .union([z.string().min(1), z.array(z.string().min(1))], { error: 'expected a path, or a list of paths' })
  .transform((value) => (typeof value === 'string' ? [value] : value))

function isRedisUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'redis:' || url.protocol === 'rediss:') && url.hostname !== ''
}

const log = z.strictObject({
  level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('The least important messages that are still logged.'),
  format: z
    .enum(['auto', 'json', 'text'])
    .default('auto')
    .describe('How a message is written: one JSON object a line, readable text, or text on a terminal and JSON elsewhere.'),
})

/** Limits that a model may set for itself in its manifest, too. */
export const modelLimits = {
  deadlineMs: milliseconds(1)
    .default(10_000)
    .describe('How long a caller waits for an answer before it gets 504; a request may ask for less, never for more.'),
  runMs: milliseconds(1).default(30_000).describe('How long one run of a model may take before its replica is killed and replaced.'),
  openMs: milliseconds(1)
    .default(300_000)
    .describe('How long the runtime may take to open a model before it is given up and the model refused.'),
  maxQueueRows: count(1).default(1024).describe('Once this many rows wait for one model, further requests get 503.'),
  bodyBytes: size().prefault('64MB').describe('The largest request body, after decompression; a larger one gets 413.'),
  memoryBytes: sizeOrAuto()
    .prefault('auto')
    .describe('Private memory that one replica may hold; auto divides four fifths of what the machine has among the replicas of a model.'),
}

const limits = z.strictObject({
  ...modelLimits,
  inFlightBytes: size()
    .prefault('256MB')
    .describe('Request bodies that may be held at once over all models; a request past that gets 503.'),
})

export const batchingOptions = {
  maxRows: count(1)
    .default(64)
    .describe('The most rows that are joined into one run where joining is proven harmless; 1 turns batching off.'),
  maxDelayMs: milliseconds(0)
    .default(0)
    .describe('How long rows wait for company while a replica is idle; 0 never holds a request back for the sake of a batch.'),
}

export const targetP99Ms = milliseconds(1)
  .exactOptional()
  .describe(
    'What 99 of 100 requests should be answered within: runs are kept short enough for that, where a single request can be. Without it only throughput and the average wait count.',
  )

export const replicaOptions = {
  count: countOrAuto(1)
    .default('auto')
    .describe(
      'Workers of each model; auto never takes more CPUs than this machine has: at first one or a few for a small model, and for a large one what its threads leave; then what is measured to be best.',
    ),
  threads: countOrAuto(1)
    .default('auto')
    .describe(
      'Threads within one run; auto is at first 1 for a small model and all CPUs, or its share of them, for a large one; then what is measured to be best.',
    ),
  isolation: z
    .enum(['process', 'inline'])
    .default('process')
    .describe('Where a model runs: in processes of its own, or, for trusted models of less than a millisecond, inside the server.'),
  measure: z
    .boolean()
    .default(true)
    .describe(
      'Whether auto is settled by a measurement of a second, aside and once nobody asks anything, whose result the next start begins with.',
    ),
  providers: providers
    .prefault(['cpu'])
    .describe(
      'What runs a model, in order of preference: `[cuda]` refuses a model that the GPU cannot take, `[cuda, cpu]` then runs it on the CPU and says so.',
    ),
}

/** Settings of the cache that a model may set for itself in its manifest, too. */
export const cacheOptions = {
  maxBytes: sizeOrOff()
    .prefault('off')
    .describe(
      'What the kept answers of each model version may take, in each HTTP process; off keeps none and lets no requests share a run.',
    ),
  ttlMs: milliseconds(1).default(60_000).describe('How long an answer may be given again after it was computed.'),
  force: z
    .boolean()
    .default(false)
    .describe('Keeps answers of a model that draws random numbers, too: callers are then given the answer of an earlier draw.'),
}

const REDIS = 'expected redis:// or rediss:// with a host, such as redis://:PASSWORD@cache.internal:6379'
const cache = z.strictObject({
  ...cacheOptions,
  redis: z
    .string({ error: REDIS })
    .refine(isRedisUrl, { error: REDIS })
    .exactOptional()
    .describe(
      'A Redis in which servers share kept answers, as redis://:PASSWORD@HOST:PORT/DATABASE, or rediss:// over TLS. Whoever may write to it decides what is answered.',
    ),
  redisTimeoutMs: milliseconds(1)
    .default(50)
    .describe('How long Redis may take to answer; after that the model runs as if nothing had been kept.'),
})

const replicas = z.strictObject({
  ...replicaOptions,
  planFolder: z
    .string()
    .min(1)
    .default('./.slipway/plans')
    .describe('Where measured plans are kept, by model and machine; relative to this file, and made when something is first kept.'),
})

const device = z.strictObject({
  id: count(0).describe('Its number, as the providers count.'),
  memoryBytes: size().describe('What of its memory models may be counted with.'),
})

const http = z.strictObject({
  workers: countOrAuto(1)
    .default(1)
    .describe(
      'Processes that answer HTTP on one port, before the same replicas; auto takes the CPUs that replicas leave, half of them where their number is auto. More than one needs Linux.',
    ),
  headersTimeoutMs: milliseconds(1).default(10_000).describe('How long a client may take to send the headers of a request.'),
  requestTimeoutMs: milliseconds(1).default(60_000).describe('How long a client may take to send a whole request.'),
  keepAliveMs: milliseconds(0)
    .default(65_000)
    .describe('How long an idle connection is kept; longer than the 60 s of common load balancers, so that they never reuse a closed one.'),
  maxConnections: count(1).default(10_000).describe('Connections that are open at once; further ones are closed at once.'),
})

const STORE_URL = 'expected the path of a file, or memory: (PostgreSQL is not known to this version)'
const store = z.strictObject({
  url: z
    .string({ error: STORE_URL })
    // One letter before the colon is a drive of Windows.
    .refine((url) => url === 'memory:' || (url !== '' && !/^[a-z][a-z0-9+.-]+:/i.test(url)), { error: STORE_URL })
    .default('./.slipway/slipway.db')
    .describe(
      'Where answers that people marked are kept: a file, relative to this one and made when something is first stored, or `memory:`, which ends with the process.',
    ),
})

const feedback = z.strictObject({
  maxEntries: count(0)
    .default(10_000)
    .describe('Marked answers that are kept for each model; one past that gets 422 until some are exported and deleted. 0 takes none.'),
})

const ROUTE = 'expected a path that begins with /'
const platform = z.strictObject({
  kind: z
    .enum(['none', 'sagemaker', 'vertex', 'azure'])
    .default('none')
    .describe('The platform that stands in front and decides who may call; told by its own variables and folders when a server starts.'),
  predictRoute: z
    .string()
    .startsWith('/', { error: ROUTE })
    .exactOptional()
    .describe('A path of its own for predictions of the default model, as Vertex AI gives in AIP_PREDICT_ROUTE.'),
  healthRoute: z
    .string()
    .startsWith('/', { error: ROUTE })
    .exactOptional()
    .describe('A path of its own for its health checks, as Vertex AI gives in AIP_HEALTH_ROUTE.'),
  multiModel: z
    .boolean()
    .default(false)
    .describe('Serves SageMaker’s multi-model API under /models, by which models are loaded and unloaded; whoever may call may do so.'),
})

/** One schema for the file, the environment and the flags. */
export const configSchema = z.strictObject({
  models: paths
    .prefault([])
    .describe('A .onnx file, a model package or a repository of packages, or a list of them; relative to this file.'),
  host: z.string().min(1).default('127.0.0.1').describe('The address to listen on; any but a loopback address needs insecure: true.'),
  port: z
    .int({ error: 'expected a port from 0 to 65535' })
    .min(0)
    .max(65_535)
    .default(8080)
    .describe('The port of the playground and every HTTP dialect; 0 takes any free port.'),
  grpcPort: z
    .union([z.literal('auto'), z.literal('off'), z.int().min(0).max(65_535)], { error: 'expected auto, off, or a port from 0 to 65535' })
    .default('auto')
    .describe('The port of gRPC; auto is the one after port (8081 beside 8080), 0 takes any free port, off serves none.'),
  defaultModel: z
    .string()
    .min(1)
    .exactOptional()
    .describe('The model that answers routes that name none, such as /invocations and /score; the only one when absent.'),
  insecure: z
    .boolean()
    .default(false)
    .describe('Serves on an address that other machines reach, without keys: only behind something that checks who calls.'),
  allowedHosts: z
    .array(z.string().min(1))
    .default([])
    .describe('Names, besides this machine’s own, that a request may give in its Host header, such as models.example.org.'),
  log: log.prefault({}).describe('What is logged, and how.'),
  limits: limits.prefault({}).describe('Bounds that keep one caller or one model from harming the others.'),
  batching: z.strictObject(batchingOptions).prefault({}).describe('How rows of several requests are joined into one run.'),
  targetP99Ms,
  cache: cache.prefault({}).describe('Answers that are kept, to be given again to equal requests.'),
  replicas: replicas.prefault({}).describe('The workers that run a model.'),
  devices: z
    .array(device)
    .prefault([])
    .describe(
      'GPUs whose memory is shared by budget, such as `[{ id: 0, memoryBytes: 16GB }]`; nvidia-smi is asked for those that are not listed.',
    ),
  environments: z
    .strictObject({
      folder: z
        .string()
        .min(1)
        .default('./.slipway/envs')
        .describe('Where the isolated environments of Python models lie, each built once; relative to this file.'),
      build: z
        .enum(['auto', 'never'])
        .default('auto')
        .describe('Whether an environment that is missing is built when its model is opened; never refuses the model instead.'),
    })
    .prefault({})
    .describe('What Python models run in.'),
  http: http.prefault({}).describe('Connections, and the processes that answer them.'),
  platform: platform.prefault({}).describe('What runs this server, where that is not you.'),
  store: store.prefault({}).describe('What has to outlive the process.'),
  feedback: feedback.prefault({}).describe('What people say of answers.'),
  reload: z
    .strictObject({ pollMs: milliseconds(0).default(1000).describe('How often model files are looked at for changes; 0 never.') })
    .prefault({})
    .describe('Serving new versions without a restart.'),
  shutdown: z
    .strictObject({ graceMs: milliseconds(0).default(30_000).describe('How long requests in flight may take to finish after SIGTERM.') })
    .prefault({})
    .describe('Stopping.'),
})

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T

/** Every setting with its value. `models`, a file in `store.url`, `replicas.planFolder` and `environments.folder` are absolute paths, sizes octets, `auto` still unresolved. */
export type Config = DeepReadonly<z.output<typeof configSchema>>
/** Where a value came from, the weakest first. */
export type Origin = 'default' | 'file' | 'platform' | 'env' | 'flag'

export interface LoadedConfig {
  readonly config: Config
  /** By the setting's path, such as `limits.deadlineMs`; one entry for each setting. */
  readonly origins: ReadonlyMap<string, Origin>
  /** The file that was read; absent when there is none. */
  readonly file?: string
}
