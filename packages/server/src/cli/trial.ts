/** A model opened in one replica of its own, as serving it would: for a prediction, or for what only a run can tell. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeRevisions } from '../app/compose.ts'
import { systemClock } from '../base/clock.ts'
import { readMachine } from '../base/machine.ts'
import type { Config } from '../config/schema.ts'
import type { ModelPackage } from '../models/package.ts'
import { settingsFor } from '../models/settings.ts'
import { createLogger } from '../observe/logger.ts'
import { createMetrics } from '../observe/metrics.ts'
import { openRevision, type Revision } from '../serving/revision.ts'

export interface Trial extends AsyncDisposable {
  readonly revision: Revision
}

/**
 * Rejects, with nothing left running, when the model does not open; with `golden`, also when it answers its examples otherwise than they say
 * and its manifest wants it refused for that. Dispose of it to end the replica.
 */
export async function openTrial(pkg: ModelPackage, config: Config, options: { readonly golden?: boolean } = {}): Promise<Trial> {
  await using cleanup = new AsyncDisposableStack()
  const privateFolder = await mkdtemp(join(tmpdir(), 'slipway-'))
  cleanup.defer(() => rm(privateFolder, { recursive: true, force: true }))
  // What a worker prints is the operator's business when serving, and noise here unless it is asked for.
  const logger = createLogger({ level: config.log.level === 'debug' ? 'debug' : 'warn', format: config.log.format })
  const deps = composeRevisions({ clock: systemClock, machine: readMachine(), logger, metrics: createMetrics(), privateFolder, config })
  const settings = settingsFor(config, pkg.manifest)
  const golden = options.golden === true ? settings.golden : 'off'
  const revision = await openRevision(pkg, { ...settings, golden, replicas: { ...settings.replicas, count: 1 } }, deps)
  cleanup.defer(() => revision.close(config.shutdown.graceMs))
  const held = cleanup.move()
  return { revision, [Symbol.asyncDispose]: () => held.disposeAsync() }
}
