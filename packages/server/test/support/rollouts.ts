/** A repository on disk, and the rooms that serve it with the runtime inside this process. */
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tensor } from '@slipway/protocol'
import { composeEnvironments, composeRevisions } from '../../src/app/compose.ts'
import { systemClock } from '../../src/base/clock.ts'
import { configSchema } from '../../src/config/schema.ts'
import { findPackages } from '../../src/models/repository.ts'
import type { Logger } from '../../src/observe/logger.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import type { Carrier } from '../../src/replicas/carrier.ts'
import { createControl } from '../../src/rollouts/control.ts'
import { Reconciler } from '../../src/rollouts/reconcile.ts'
import { createDataPlane } from '../../src/serving/data-plane.ts'
import { FIXTURES } from './e2e/slipway-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

const MACHINE = { cpus: 1, cpusFrom: 'test', memoryBytes: 2 ** 32, memoryFrom: 'test' }

interface Gate {
  /** Resolves once a worker waits at it. */
  readonly reached: Promise<void>
  readonly open: () => void
}

/** A carrier whose next worker can be held back. */
function gated(carrier: Carrier): { readonly gate: () => Gate; readonly carrier: Carrier } {
  let pass: (() => Promise<void>) | undefined
  const gate = (): Gate => {
    const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    pass = () => {
      pass = undefined
      reached.resolve()
      return opened.promise
    }
    return { reached: reached.promise, open: opened.resolve }
  }
  const spawn: Carrier['spawn'] = async (memoryBytes, onLine) => {
    await pass?.()
    return carrier.spawn(memoryBytes, onLine)
  }
  return { gate, carrier: { name: carrier.name, spawn, connect: (address) => carrier.connect(address) } }
}

/** `settings` are those of the server, besides that models run inside this process. */
export async function setUp(settings: Readonly<Record<string, unknown>> = {}) {
  const [repository, privateFolder] = [await temporaryFolder(), await temporaryFolder()]
  const logged: string[] = []
  const log = (_: unknown, sentence: string) => void logged.push(sentence)
  const logger = { debug: log, info: log, warn: log, error: log } as unknown as Logger
  const dataPlane = createDataPlane((model) => reconciler.whyNot(model))
  const config = configSchema.parse({ replicas: { isolation: 'inline' }, ...settings })
  const ground = { clock: systemClock, machine: MACHINE, logger, metrics: createMetrics(), privateFolder, config }
  const revisions = composeRevisions(ground)
  const { gate, carrier } = gated(revisions.carriers.inline)
  const carriers = { ...revisions.carriers, inline: carrier }
  const reconciler: Reconciler = new Reconciler({
    ...revisions,
    environments: composeEnvironments(ground),
    carriers,
    config,
    dataPlane,
    privateFolder,
  })
  const find = () => findPackages([repository])
  const control = createControl({ reconciler, dataPlane, look: find, logger })
  const put = async (model: string, version: number, fixture: string | Uint8Array) => {
    const folder = join(repository, model, String(version))
    await mkdir(folder, { recursive: true })
    const path = join(folder, 'model.onnx')
    // A new file, not new contents in the old one: its inode number tells it apart whatever the clock says.
    await rm(path, { force: true })
    if (typeof fixture === 'string') await copyFile(join(FIXTURES, `${fixture}.onnx`), path)
    else await writeFile(path, fixture)
  }
  return {
    repository,
    privateFolder,
    logged,
    dataPlane,
    reconciler,
    control,
    /** Holds the next worker back. */
    gate,
    put,
    remove: (model: string, version: number) => rm(join(repository, model, String(version)), { recursive: true }),
    manifest: (model: string, text: string) => writeFile(join(repository, model, 'model.yaml'), text),
    find,
    look: async () => reconciler.apply(await find()),
    see: async () => control.saw(await find()),
    states: (model: string) => reconciler.versions(model).map(({ version, state }) => `${version} ${state}`),
    serving: (model: string) => dataPlane.table.get(model)?.serving,
    [Symbol.asyncDispose]: () => reconciler.stop(1000),
  }
}
export type Scene = Awaited<ReturnType<typeof setUp>>

/** What the model answers: `echo` gives its row back, `sum` its total. */
export async function answerOf({ dataPlane }: Scene, model: string): Promise<readonly number[]> {
  const inputs = new Map([['x', tensor('FP32', [1, 4], Float32Array.of(1, 2, 3, 4))]])
  const context = { requestId: 'r', dialect: 'test', deadline: systemClock.monotonic() + 10_000, signal: { aborted: false }, decodeMs: 0 }
  const { outputs } = await dataPlane.infer({ model, inputs }, context)
  return [...outputs.values()].flatMap(({ data }) => Array.from(data as Float32Array))
}
