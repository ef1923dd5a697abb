/** Starts the whole in order and stops it in reverse. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServeError } from '@slipway/protocol'
import { systemClock } from '../base/clock.ts'
import { type Machine, readMachine } from '../base/machine.ts'
import type { Config } from '../config/schema.ts'
import { isLoopback } from '../http/guard.ts'
import type { HttpServer } from '../http/route.ts'
import type { RpcServer } from '../http/rpc.ts'
import { findPackages } from '../models/repository.ts'
import { watch } from '../models/watch.ts'
import { watchCpu } from '../observe/cpu-metrics.ts'
import type { Logger } from '../observe/logger.ts'
import { createMetrics } from '../observe/metrics.ts'
import { watchProcess } from '../observe/process-metrics.ts'
import type { Endpoint } from '../serving/data-plane.ts'
import { compose, listen, listenRpc, runtimeName } from './compose.ts'
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
  const clock = systemClock
  const found = await findPackages(paths)
  const privateFolder = await mkdtemp(join(tmpdir(), 'slipway-'))
  const metrics = createMetrics()
  const machine = readMachine()
  const { dataPlane, reconciler, control, records, values, createHandle, createRpc } = compose({
    config,
    clock,
    machine,
    logger,
    metrics,
    privateFolder,
    version: VERSION,
    look: () => findPackages(paths),
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
    http = await listen(await createHandle(() => ready), { config, clock })
    rpc = await listenRpc(await createRpc(() => ready), config)
    const giveUp = () => reconciler.cancel()
    signal?.addEventListener('abort', giveUp, { once: true })
    if (signal?.aborted) giveUp()
    await control.saw(found)
    signal?.removeEventListener('abort', giveUp)
    ready = true
  } catch (error) {
    await Promise.all([http?.stop(0), rpc?.stop(0)])
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
      await Promise.all([http?.stop(config.shutdown.graceMs), rpc?.stop(config.shutdown.graceMs)])
      await stopRooms(Math.max(0, endsAt - clock.monotonic()))
    },
  }
}
