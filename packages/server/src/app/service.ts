/** Starts the whole in order and stops it in reverse. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServeError } from '@slipway/protocol'
import { type Clock, systemClock } from '../base/clock.ts'
import { type Machine, readMachine } from '../base/machine.ts'
import type { Config } from '../config/schema.ts'
import { isLoopback } from '../http/guard.ts'
import type { Handle, HttpServer } from '../http/route.ts'
import type { RpcServer } from '../http/rpc.ts'
import { findPackages } from '../models/repository.ts'
import { watch } from '../models/watch.ts'
import { watchCpu } from '../observe/cpu-metrics.ts'
import type { Logger } from '../observe/logger.ts'
import { createMetrics } from '../observe/metrics.ts'
import { watchProcess } from '../observe/process-metrics.ts'
import type { Endpoint } from '../serving/data-plane.ts'
import { compose, listenRpc } from './compose.ts'
import { listen, runtimeName } from './doors.ts'
import { httpProcesses, sharesPorts } from './http-processes/count.ts'
import { Supervisor } from './http-processes/supervisor.ts'
import { Told } from './http-processes/told.ts'
import { VERSION } from './version.ts'

export interface ServiceOptions {
  /** A .onnx file, packages or repositories; absolute. */
  readonly paths: readonly string[]
  readonly config: Config
  readonly logger: Logger
  /** Told to stop while models are still being opened: gives those up, so that `stop` can follow at once. */
  readonly signal?: AbortSignal
}

export interface Service {
  readonly url: string
  /** Where gRPC listens, such as 127.0.0.1:8081; absent when it is turned off. */
  readonly grpc?: string
  readonly runtime: string
  /** Processes that answer HTTP, this one among them. */
  readonly httpProcesses: number
  readonly machine: Machine
  /** What answers, by model. */
  endpoints(): readonly Endpoint[]
  /** Models of which a version could not be loaded, with the reason. */
  refused(): readonly { readonly model: string; readonly version: string; readonly reason: string }[]
  /** Accepts nothing new, answers what is under way, ends every replica. */
  stop(): Promise<void>
}

/** Resolves once every model that was found was opened or refused. Rejects, with nothing left running, when none of the paths holds a model or the address is taken. */
export async function startService({ paths, config, logger, signal }: ServiceOptions): Promise<Service> {
  if (!isLoopback(config.host) && !config.insecure) {
    throw new ServeError(
      'FAILED_PRECONDITION',
      `host ${config.host} can be reached by other machines, and this server asks nobody for a key: add --insecure if something in front of it does, or keep to 127.0.0.1`,
    )
  }
  if (config.http.workers !== 'auto' && config.http.workers > 1 && !sharesPorts())
    throw new ServeError(
      'FAILED_PRECONDITION',
      `http.workers is ${config.http.workers}, but only Linux divides one port among processes; set it to 1 or auto on this system`,
    )
  const clock = systemClock
  const found = await findPackages(paths)
  const privateFolder = await mkdtemp(join(tmpdir(), 'slipway-'))
  const metrics = createMetrics()
  const machine = readMachine()
  const processes = httpProcesses(config, machine)
  const peers = processes === 1 ? undefined : new Supervisor({ processes, folder: privateFolder, clock, logger, metrics })
  const { dataPlane, reconciler, control, records, values, routes, createHandle, createRpc } = compose({
    config,
    clock,
    machine,
    logger,
    metrics,
    privateFolder,
    version: VERSION,
    look: () => findPackages(paths),
    peers,
  })
  let http: HttpServer | undefined
  let rpc: RpcServer | undefined
  let ready = false
  const unwatch = watchProcess(metrics, { version: VERSION, runtime: runtimeName(), connections: () => http?.connections() ?? 0 })
  const pids = () => [...dataPlane.table.values()].flatMap(({ versions }) => [...versions.values()].flatMap((revision) => revision.pids()))
  watchCpu(metrics, { cpus: machine.cpus, replicas: pids })
  const stopRooms = async (graceMs: number) => {
    unwatch()
    await reconciler.stop(graceMs)
    await Promise.all([records.close(), values?.close()])
    await rm(privateFolder, { recursive: true, force: true })
  }
  try {
    // Listening comes first, so that probes are answered while large models load.
    const all = routes(() => ready)
    const handle = await createHandle(all)
    http = peers === undefined ? await listen(handle, { config, clock, sharePort: false }) : await listenShared(handle, { config, clock })
    rpc = await listenRpc(await createRpc(() => ready), config)
    const giveUp = () => reconciler.cancel()
    signal?.addEventListener('abort', giveUp, { once: true })
    if (signal?.aborted) giveUp()
    if (peers !== undefined) {
      const told = new Told({
        dataPlane,
        models: reconciler,
        clock,
        ready: () => ready,
        rememberMs: REMEMBER_MS + 2 * config.shutdown.graceMs,
        changed: peers.changed,
      })
      const startedAt = new Date(clock.now()).toISOString()
      await peers.start({
        hello: { config: { ...config, port: portOf(http.url) }, startedAt, routes: all.map(({ method, path }) => ({ method, path })) },
        told,
        handle,
      })
    }
    await control.saw(found)
    signal?.removeEventListener('abort', giveUp)
    ready = true
    await peers?.settled()
  } catch (error) {
    await Promise.all([http?.stop(0), rpc?.stop(0), peers?.stop(0)])
    await stopRooms(0)
    throw error
  }
  const watching = watch(paths, {
    clock,
    pollMs: config.reload.pollMs,
    known: found,
    onChange: (next) => void control.saw(next),
    onProblem: (error) => logger.warn({ error }, 'the model folders could not be looked at; what is loaded stays'),
  })
  const { url } = http
  return {
    url,
    ...(rpc === undefined ? {} : { grpc: rpc.address }),
    runtime: runtimeName(),
    httpProcesses: processes,
    machine,
    endpoints: () => [...dataPlane.table.values()],
    refused: () =>
      reconciler
        .models()
        .flatMap((model) =>
          reconciler.versions(model).flatMap(({ version, reason }) => (reason === undefined ? [] : [{ model, version, reason }])),
        ),
    stop: async () => {
      ready = false
      await watching.stop()
      // One grace time for all of it: what requests leave of it is the models'.
      const endsAt = clock.monotonic() + config.shutdown.graceMs
      await Promise.all([http?.stop(config.shutdown.graceMs), rpc?.stop(config.shutdown.graceMs), peers?.stop(config.shutdown.graceMs)])
      await stopRooms(Math.max(0, endsAt - clock.monotonic()))
    },
  }
}

/** What a further process answered last of a revision that is gone may be reported a little later. */
const REMEMBER_MS = 10_000

const portOf = (url: string): number => Number(new URL(url).port || 80)

/** Whoever shares a port may listen beside anyone who does, too: that nobody has it yet is seen by listening alone first. */
async function listenShared(handle: Handle, { config, clock }: { readonly config: Config; readonly clock: Clock }): Promise<HttpServer> {
  const alone = await listen(handle, { config, clock, sharePort: false })
  const port = portOf(alone.url)
  await alone.stop(0)
  return listen(handle, { config: { ...config, port }, clock, sharePort: true })
}
