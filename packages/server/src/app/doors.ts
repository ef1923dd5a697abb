/** What every process that answers HTTP opens to its callers: the dialects of inference, the pages, one handle before them, a server. */
import { fileURLToPath } from 'node:url'
import type { ServerInfo } from '@slipway/protocol'
import type { RouteGroup } from '../api/openapi-paths.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/schema.ts'
import { createAzure } from '../dialects/azure.ts'
import { createBentoMl } from '../dialects/bentoml.ts'
import { createCog } from '../dialects/cog.ts'
import { createMlflow } from '../dialects/mlflow.ts'
import { createPlain } from '../dialects/plain.ts'
import { createSageMaker, type SageMakerDeps } from '../dialects/sagemaker.ts'
import { createSeldon } from '../dialects/seldon.ts'
import { createTfServing } from '../dialects/tfserving.ts'
import { createTorchServe } from '../dialects/torchserve.ts'
import { createTruss } from '../dialects/truss.ts'
import { createV2 } from '../dialects/v2.ts'
import { createVertex } from '../dialects/vertex.ts'
import { createGuard, isLoopback } from '../http/guard.ts'
import { createHandle, type HandleOptions } from '../http/handle.ts'
import { pageRoutes } from '../http/pages.ts'
import type { Handle, HttpServer, Route } from '../http/route.ts'
import type { Router } from '../http/router.ts'
import type { Carrier } from '../replicas/carrier.ts'
import { createProcessCarrier } from '../replicas/process.ts'
import type { Reconciler } from '../rollouts/reconcile.ts'
import type { DataPlane } from '../serving/data-plane.ts'

export interface DialectsDeps {
  readonly config: Config
  readonly clock: Clock
  readonly dataPlane: DataPlane
  readonly ready: () => boolean
  readonly server: Omit<ServerInfo, 'models'>
  readonly models: Pick<Reconciler, 'models' | 'versions'>
  /** SageMaker's API of many models, where it is served. */
  readonly multiModel?: SageMakerDeps['multiModel']
}

export function inferenceDialects({ config, clock, dataPlane, ready, server, models, multiModel }: DialectsDeps): readonly RouteGroup[] {
  const { version } = server
  return [
    createV2({ dataPlane, clock, ready, server: { name: 'slipway', version } }),
    createTfServing({ dataPlane, clock, models: () => models.models(), versions: (model) => models.versions(model) }),
    createVertex({ dataPlane, clock, ready, ...config.platform }),
    createSageMaker({ dataPlane, clock, ready, bodyLimitBytes: config.limits.bodyBytes, multiModel }),
    createMlflow({ dataPlane, clock, ready, version }),
    createAzure({ dataPlane, clock }),
    createTorchServe({ dataPlane, clock }),
    createTruss({ dataPlane, clock }),
    createBentoMl({ dataPlane, clock }),
    createCog({ dataPlane, clock, ready, server }),
    createSeldon({ dataPlane, clock }),
    createPlain({ dataPlane, clock }),
  ]
}

const UI_FOLDER = fileURLToPath(new URL('../../ui', import.meta.url))

export const pages = (): Promise<readonly Route[]> => pageRoutes(UI_FOLDER)

export type HandleDeps = Pick<HandleOptions, 'clock' | 'logger' | 'admit' | 'nextRequestId'> & { readonly config: Config }

export function handleOf({ config, ...deps }: HandleDeps, router: Router): Handle {
  return createHandle({
    ...deps,
    router,
    guard: createGuard({ checkHost: isLoopback(config.host), allowedHosts: config.allowedHosts }),
    bodyLimitBytes: config.limits.bodyBytes,
    deadlineMs: config.limits.deadlineMs,
  })
}

/** The HTTP server of the engine that runs this process. */
export async function listen(
  handle: Handle,
  { config, clock, sharePort }: { readonly config: Config; readonly clock: Clock; readonly sharePort: boolean },
): Promise<HttpServer> {
  const options = { host: config.host, port: config.port, sharePort, deadlineMs: config.limits.deadlineMs, ...config.http }
  if (process.versions.bun !== undefined) return (await import('../http/server-bun.ts')).listenBun(handle, clock, options)
  return (await import('../http/server-node.ts')).listenNode(handle, clock, options)
}

export function runtimeName(): string {
  return process.versions.bun === undefined ? `Node ${process.versions.node}` : `Bun ${process.versions.bun}`
}

/** The way to replicas that another process started. */
export const replicaLinks = (): Pick<Carrier, 'connect'> => createProcessCarrier({ folder: '', command: [''], env: {} })
