/** The one file that picks implementations and hands every room what it needs. */
import { feedbackRoutes } from '../api/feedback.ts'
import { modelRoutes } from '../api/models.ts'
import { describedRoutes } from '../api/openapi.ts'
import { stateRoutes } from '../api/state.ts'
import type { Clock } from '../base/clock.ts'
import { readCpu } from '../base/cpu.ts'
import { freeMemory, type Machine } from '../base/machine.ts'
import { listNvidia } from '../base/nvidia.ts'
import { deviceVariables, toolVariables } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { createRpcMethods } from '../dialects/grpc/services.ts'
import { createTriton } from '../dialects/triton.ts'
import { createEnvironments, type Environments } from '../environments/environments.ts'
import { pythonCommand, pythonVariables } from '../environments/python-worker.ts'
import type { Handle, Route } from '../http/route.ts'
import { createRouter } from '../http/router.ts'
import type { RpcServer, RpcServerOptions } from '../http/rpc.ts'
import type { PythonFacts } from '../models/facts.ts'
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
import { createSharedAnswers } from '../serving/answers/shared.ts'
import { createDataPlane, type DataPlane } from '../serving/data-plane.ts'
import { createDevices } from '../serving/devices.ts'
import type { Peers } from '../serving/peers.ts'
import { measureAside } from '../serving/planning/aside.ts'
import { createPlanStore } from '../serving/planning/plan-store.ts'
import type { RevisionDeps } from '../serving/revision.ts'
import { createRecords } from '../stores/catalog.ts'
import type { RecordStore } from '../stores/records/records.ts'
import type { ValueStore } from '../stores/values/values.ts'
import { handleOf, inferenceDialects, pages, runtimeName } from './doors.ts'
import { httpProcesses } from './http-processes/count.ts'
import { composeValues } from './values.ts'

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
  /** The other processes that answer HTTP, where there are any. */
  readonly peers?: (Peers & { collect(): Promise<void>; changed(): void; settled(): Promise<void> }) | undefined
}

export interface Rooms {
  readonly dataPlane: DataPlane
  readonly reconciler: Reconciler
  readonly control: Control
  readonly records: RecordStore
  /** Where servers share kept answers; absent when none is set. */
  readonly values: ValueStore | undefined
  /** Every route but those of pages. `ready` says whether all models found at start were seen to. */
  routes(ready: () => boolean): readonly Route[]
  /** Answers every HTTP request. */
  createHandle(routes: readonly Route[]): Promise<Handle>
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
  const python = (facts: PythonFacts) =>
    createProcessCarrier({
      folder: privateFolder,
      command: pythonCommand(facts.environment),
      env: { ...pythonVariables(facts.environment), ...facts.variables },
    })
  return { carriers: { process, inline: createInlineCarrier(), python }, clock, machine, devices, logger, metrics }
}

/** Where Python models run. What the tools print that build one is for those who look closely. */
export function composeEnvironments({
  config,
  clock,
  logger,
}: Pick<Ground, 'clock' | 'logger'> & { readonly config: Pick<Config, 'environments'> }): Environments {
  const onLine = (line: string) => logger.debug({ line }, 'while a Python environment was built')
  return createEnvironments({ ...config.environments, clock, env: toolVariables(), onLine })
}

/** What was loaded or unloaded by name is so in every process once that is answered. */
function settling(control: Control, peers: Ground['peers']): Control {
  if (peers === undefined) return control
  return {
    ...control,
    saw: (found) => control.saw(found).then(peers.settled),
    load: (name, folder) => control.load(name, folder).then(peers.settled),
    unload: (name) => control.unload(name).then(peers.settled),
  }
}

const processesOf = ({ config, machine }: Pick<Ground, 'config' | 'machine'>) => httpProcesses(config, machine)

function createPlanner(
  { config, clock, machine, logger }: Ground,
  { revisions, dataPlane }: { readonly revisions: RevisionDeps; readonly dataPlane: DataPlane },
): Planner {
  const aside = {
    carrier: revisions.carriers.process,
    clock,
    machine,
    cpu: readCpu(),
    httpProcesses: processesOf({ config, machine }),
    freeMemory,
  }
  return new Planner({
    ...aside,
    logger,
    dataPlane,
    engine: engineVersion(),
    store: createPlanStore(config.replicas.planFolder, logger),
    measure: (revision, signal) => measureAside(revision, aside, signal),
  })
}

export function compose(ground: Ground): Rooms {
  const { config, clock, logger, metrics, privateFolder, version } = ground
  const dataPlane = createDataPlane((model) => reconciler.whyNot(model), config.defaultModel, ground.peers?.changed)
  const values = composeValues(ground)
  const sharedAnswers = values && createSharedAnswers({ values, clock, prefix: `slipway:${version}:` })
  const revisions = composeRevisions(ground)
  const planner = createPlanner(ground, { revisions, dataPlane })
  const reconciler: Reconciler = new Reconciler({
    ...revisions,
    peers: ground.peers,
    sharedAnswers,
    config,
    dataPlane,
    privateFolder,
    environments: composeEnvironments(ground),
    planner,
  })
  const control = settling(createControl({ reconciler, dataPlane, look: ground.look, logger }), ground.peers)
  const records = createRecords(config.store.url, clock)
  const admission = createAdmission({ inFlightBytes: Math.ceil(config.limits.inFlightBytes / processesOf(ground)) })
  const nextRequestId = createRequestIds()
  const runtime = runtimeName()
  const server = { version, runtime, startedAt: new Date(clock.now()).toISOString() }
  return {
    dataPlane,
    reconciler,
    control,
    records,
    values,
    routes: (ready) => {
      const multiModel = config.platform.multiModel ? { control: guardMemory(control, freeMemory) } : undefined
      return describedRoutes({ dataPlane, version }, [
        ...inferenceDialects({ config, clock, dataPlane, ready, server, models: reconciler, multiModel }),
        createTriton({ dataPlane, control }),
        {
          name: 'admin',
          routes: [
            ...modelRoutes({ dataPlane, reconciler, server }),
            ...feedbackRoutes({ dataPlane, reconciler, records, clock, settings: config.feedback }),
            ...stateRoutes({ metrics, collect: () => ground.peers?.collect() ?? Promise.resolve() }),
          ],
        },
      ])
    },
    createHandle: async (routes) =>
      handleOf({ config, clock, logger, admit: admission.enter, nextRequestId }, createRouter([...routes, ...(await pages())])),
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

/** The gRPC server, unless it is turned off: by itself on the port after HTTP's. */
export async function listenRpc(
  options: Omit<RpcServerOptions, 'host' | 'port'>,
  { host, port, grpcPort }: Config,
): Promise<RpcServer | undefined> {
  if (grpcPort === 'off') return undefined
  const { listenGrpc } = await import('../http/server-grpc.ts')
  return listenGrpc({ ...options, host, port: grpcPort === 'auto' ? (port === 0 ? 0 : port + 1) : grpcPort })
}
