/** The whole service inside the test's own process, on a free port of this machine. */
import { fileURLToPath } from 'node:url'
import { type Service, startService } from '../../src/app/service.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLogger } from '../../src/observe/logger.ts'

export const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/conformance/${name}`, import.meta.url))
export const example = (name: string) => fileURLToPath(new URL(`../../../../examples/models/${name}`, import.meta.url))

/** Serves the paths; settings by path, such as `{ 'store.url': 'memory:' }`. Dispose of it to stop it. */
export async function serviceOf(
  paths: readonly string[],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Service & AsyncDisposable> {
  // An example's own folder would bring the project's settings; these tests have theirs.
  const { config } = await loadConfig({
    folder: import.meta.dirname,
    env: {},
    flags: { port: 0, grpcPort: 0, 'replicas.count': 1, 'replicas.measure': false, 'store.url': 'memory:', ...settings },
  })
  const service = await startService({ paths, config, logger: createLogger({ level: 'error', format: 'text' }) })
  return Object.assign(service, { [Symbol.asyncDispose]: () => service.stop() })
}
