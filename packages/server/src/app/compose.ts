/** The one file that picks implementations and hands every room what it needs. */
import { fileURLToPath } from 'node:url'
import { feedbackRoutes } from '../api/feedback.ts'
import { modelRoutes } from '../api/models.ts'
import { describedRoutes } from '../api/openapi.ts'
import { stateRoutes } from '../api/state.ts'
import type { Clock } from '../base/clock.ts'
import { readCpu } from '../base/cpu.ts'
import { freeMemory, type Machine } from '../base/machine.ts'
import { listNvidia } from '../base/nvidia.ts'
import { deviceVariables } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { createAzure } from '../dialects/azure.ts'
import { createCog } from '../dialects/cog.ts'
import { createRpcMethods } from '../dialects/grpc/services.ts'
import { createMlflow } from '../dialects/mlflow.ts'
import { createPlain } from '../dialects/plain.ts'
import { createSageMaker } from '../dialects/sagemaker.ts'
import { createSeldon } from '../dialects/seldon.ts'
import { createTfServing } from '../dialects/tfserving.ts'
import { createTorchServe } from '../dialects/torchserve.ts'
import { createTriton } from '../dialects/triton.ts'
import { createV2 } from '../dialects/v2.ts'
import { createVertex } from '../dialects/vertex.ts'
import { createGuard, isLoopback } from '../http/guard.ts'
import { createHandle } from '../http/handle.ts'
import { pageRoutes } from '../http/pages.ts'
import type { Handle, HttpServer } from '../http/route.ts'
import { createRouter } from '../http/router.ts'
import type { RpcServer, RpcServerOptions } from '../http/rpc.ts'
import type { Found } from '../models/repository.ts'
import type { Logger } from '../observe/logger.ts'
import type { Metrics } from '../observe/metrics.ts'
import { createRequestIds } from '../observe/trace.ts'
import { createInlineCarrier } from '../replicas/inline.ts'
import { createProcessCarrier, workerCommand, workerVariables } from '../replicas/process.ts'
import { type Control, createControl } from '../rollouts/control.ts'
import { guardMemory } from '../rollouts/memory-guard.ts'
import { Planner } from '../rollouts/planner.ts'
import { Reconciler } from '../rollouts/reconcile.ts'
import { engineVersion } from '../runtimes/catalog.ts'
import { createAdmission } from '../serving/admission.ts'
import { createSharedAnswers, MOST_SHARED_BYTES } from '../serving/answers/shared.ts'
import { createDataPlane, type DataPlane } from '../serving/data-plane.ts'
import { createDevices } from '../serving/devices.ts'
import { measureAside } from '../serving/planning/aside.ts'
import { createPlanStore } from '../serving/planning/plan-store.ts'
import type { RevisionDeps } from '../serving/revision.ts'
import { createRecords, createValues } from '../stores/catalog.ts'
import type { RecordStore } from '../stores/records/records.ts'
import type { ValueStore } from '../stores/values/values.ts'

export interface Ground {
  readonly config: Config
  readonly clock: Clock
  readonly machine: Machine
  readonly logger: Logger
  readonly metrics: Metrics
  /** A folder of ours alone (0700), for sockets and private copies of models. */
  readonly privateFolder: string
  readonly version: string
  /** Finds the models on disk, as they are now. */
  readonly look: () => Promise<readonly Found[]>
}

export interface Rooms {
  readonly dataPlane: DataPlane
  readonly reconciler: Reconciler
  readonly control: Control
  readonly records: RecordStore
  /** Where servers share kept answers; absent when none is set. */
  readonly values: ValueStore | undefined
  /** Answers every HTTP request. `ready` says whether all models found at start were seen to. */
  createHandle(ready: () => boolean): Promise<Handle>
  /** Answers every gRPC call, by the same admission and limits. */
  createRpc(ready: () => boolean): Promise<Omit<RpcServerOptions, 'host' | 'port'>>
}

/** What opening a model takes, without a server around it. */
export function composeRevisions({
  clock,
  machine,
  logger,
  metrics,
  privateFolder,
  config,
}: Omit<Ground, 'config' | 'version' | 'look'> & { readonly config: Pick<Config, 'devices'> }): RevisionDeps {
  const process = createProcessCarrier({
    folder: privateFolder,
    command: workerCommand(),
    env: { ...workerVariables(), ...deviceVariables() },
  })
  const devices = createDevices(async (id) => {
    const listed = config.devices.find((device) => device.id === id) ?? (await listNvidia()).find((device) => device.id === id)
    return listed?.memoryBytes
  })
  return { carriers: { process, inline: createInlineCarrier() }, clock, machine, devices, logger, metrics }
}

function createPlanner(
  { config, clock, machine, logger }: Ground,
  { revisions, dataPlane }: { readonly revisions: RevisionDeps; readonly dataPlane: DataPlane },
): Planner {
  const aside = { carrier: revisions.carriers.process, clock, machine, cpu: readCpu(), httpProcesses: 1, freeMemory }
  return new Planner({
    ...aside,
    logger,
    dataPlane,
    engine: engineVersion(),
    store: createPlanStore(config.replicas.planFolder, logger),
    measure: (revision, signal) => measureAside(revision, aside, signal),
  })
}

const UI_FOLDER = fileURLToPath(new URL('../../ui', import.meta.url))

export function compose(ground: Ground): Rooms {
  const { config, clock, logger, metrics, privateFolder, version } = ground
  const dataPlane = createDataPlane((model) => reconciler.whyNot(model), config.defaultModel)
  const values = composeValues(ground)
  const sharedAnswers = values && createSharedAnswers({ values, clock, prefix: `slipway:${version}:` })
  const revisions = composeRevisions(ground)
  const planner = createPlanner(ground, { revisions, dataPlane })
  const reconciler: Reconciler = new Reconciler({ ...revisions, sharedAnswers, config, dataPlane, privateFolder, planner })
  const control = createControl({ reconciler, dataPlane, look: ground.look, logger })
  const records = createRecords(config.store.url, clock)
  const admission = createAdmission({ inFlightBytes: config.limits.inFlightBytes })
  const nextRequestId = createRequestIds()
  const runtime = runtimeName()
  const server = { version, runtime, startedAt: new Date(clock.now()).toISOString() }
  return {
    dataPlane,
    reconciler,
    control,
    records,
    values,
    createHandle: async (ready) =>
      createHandle({
        router: createRouter([
          ...describedRoutes({ dataPlane, version }, [
            createV2({ dataPlane, clock, ready, server: { name: 'slipway', version } }),
            createTriton({ dataPlane, control }),
            createTfServing({ dataPlane, clock, models: () => reconciler.models(), versions: (model) => reconciler.versions(model) }),
            createVertex({ dataPlane, clock, ready, ...config.platform }),
            createSageMaker({
              dataPlane,
              clock,
              ready,
              bodyLimitBytes: config.limits.bodyBytes,
              multiModel: config.platform.multiModel ? { control: guardMemory(control, freeMemory) } : undefined,
            }),
            createMlflow({ dataPlane, clock, ready, version }),
            createAzure({ dataPlane, clock }),
            createTorchServe({ dataPlane, clock }),
            createCog({ dataPlane, clock, ready, server }),
            createSeldon({ dataPlane, clock }),
            createPlain({ dataPlane, clock }),
            {
              name: 'admin',
              routes: [
                ...modelRoutes({ dataPlane, reconciler, server }),
                ...feedbackRoutes({ dataPlane, reconciler, records, clock, settings: config.feedback }),
                ...stateRoutes({ metrics }),
              ],
            },
          ]),
          ...(await pageRoutes(UI_FOLDER)),
        ]),
        guard: createGuard({ checkHost: isLoopback(config.host), allowedHosts: config.allowedHosts }),
        admit: admission.enter,
        nextRequestId,
        clock,
        logger,
        bodyLimitBytes: config.limits.bodyBytes,
        deadlineMs: config.limits.deadlineMs,
      }),
    createRpc: async (ready) => ({
      methods: await createRpcMethods({
        dataPlane,
        clock,
        control,
        ready,
        server: { name: 'slipway', version },
        models: () => reconciler.models(),
        versions: (model) => reconciler.versions(model),
        messageLimitBytes: config.limits.bodyBytes,
      }),
      admit: admission.enter,
      nextRequestId,
      clock,
      logger,
      messageLimitBytes: config.limits.bodyBytes,
      deadlineMs: config.limits.deadlineMs,
      messageTimeoutMs: config.http.requestTimeoutMs,
      maxConnections: config.http.maxConnections,
    }),
  }
}

/** The Redis of the settings. Its state is logged when it changes, without the password that its address may hold. */
function composeValues({ config, clock, logger, metrics }: Ground): ValueStore | undefined {
  const { redis: url, redisTimeoutMs: timeoutMs } = config.cache
  if (url === undefined) return undefined
  const { host } = new URL(url)
  const values = createValues({
    url,
    timeoutMs,
    mostBytes: MOST_SHARED_BYTES,
    clock,
    onState: (state, why) => {
      if (state === 'ready') logger.info({ event: 'redis', redis: host }, 'Redis is asked for kept answers')
      if (state === 'broken')
        logger.warn({ event: 'redis', redis: host, why }, 'Redis is left aside for a while: answers are kept in this process alone')
    },
  })
  metrics
    .gauge({
      name: 'slipway_cache_redis_ready',
      help: '1 while Redis is asked for kept answers; 0 while it is connected to, or its breaker is open.',
    })
    .with({})
    .follow(() => (values.state === 'ready' ? 1 : 0))
  return values
}

/** The HTTP server of the engine that runs this process. */
export async function listen(handle: Handle, { config, clock }: Pick<Ground, 'config' | 'clock'>): Promise<HttpServer> {
  const options = { host: config.host, port: config.port, ...config.http }
  if (process.versions.bun !== undefined) return (await import('../http/server-bun.ts')).listenBun(handle, clock, options)
  return (await import('../http/server-node.ts')).listenNode(handle, clock, options)
}

/** The gRPC server, unless it is turned off: by itself on the port after HTTP's. */
export async function listenRpc(
  options: Omit<RpcServerOptions, 'host' | 'port'>,
  { host, port, grpcPort }: Config,
): Promise<RpcServer | undefined> {
  if (grpcPort === 'off') return undefined
  const { listenGrpc } = await import('../http/server-grpc.ts')
  return listenGrpc({ ...options, host, port: grpcPort === 'auto' ? (port === 0 ? 0 : port + 1) : grpcPort })
}

export function runtimeName(): string {
  return process.versions.bun === undefined ? `Node ${process.versions.node}` : `Bun ${process.versions.bun}`
}
