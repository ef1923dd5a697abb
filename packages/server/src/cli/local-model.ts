/** A model of this disk, opened in a replica of its own as serving it would. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBfloat16, fromFloat16, quoted, type Tensor } from '@slipway/protocol'
import { composeRevisions } from '../app/compose.ts'
import { systemClock } from '../base/clock.ts'
import { readMachine } from '../base/machine.ts'
import { settingsFor } from '../models/settings.ts'
import { createLogger } from '../observe/logger.ts'
import { createMetrics } from '../observe/metrics.ts'
import { openRevision } from '../serving/revision.ts'
import { CommandError, EXIT } from './exit.ts'
import { openModels } from './packages.ts'
import { type AnsweredOutput, type Element, type Predictor, textOf } from './predictor.ts'
import type { Settings } from './settings.ts'

/** Opens the only model of the paths, or the one named. Dispose of it to end the replica. */
export async function openLocalModel({ loaded: { config }, paths }: Settings, name: string | undefined): Promise<Predictor> {
  await using cleanup = new AsyncDisposableStack()
  const opened = cleanup.use(await openModels(paths, name))
  if (opened.failures[0] !== undefined && opened.found.length === 1) throw opened.failures[0].error
  const [pkg, ...others] = opened.packages
  if (pkg === undefined || others.length > 0) {
    const names = opened.found.map((found) => quoted(found.name)).join(', ')
    throw new CommandError(EXIT.usage, `there are several models here; choose one with --model: ${names}`)
  }
  const privateFolder = await mkdtemp(join(tmpdir(), 'slipway-'))
  cleanup.defer(() => rm(privateFolder, { recursive: true, force: true }))
  const logger = createLogger({ level: config.log.level === 'debug' ? 'debug' : 'warn', format: config.log.format })
  const deps = composeRevisions({ clock: systemClock, machine: readMachine(), logger, metrics: createMetrics(), privateFolder })
  const settings = settingsFor(config, pkg.manifest)
  const revision = await openRevision(pkg, { ...settings, replicas: { ...settings.replicas, count: 1 } }, deps)
  cleanup.defer(() => revision.close(config.shutdown.graceMs))
  const held = cleanup.move()
  return {
    model: pkg.name,
    inputs: pkg.inputs,
    outputs: pkg.outputs,
    predict: async (inputs) => {
      const context = {
        requestId: 'predict',
        dialect: 'command',
        deadline: systemClock.monotonic() + settings.limits.runMs,
        signal: { aborted: false },
        decodeMs: 0,
      }
      const answer = await revision.infer({ model: pkg.name, inputs }, context)
      return {
        version: answer.version,
        outputs: [...answer.outputs].map(([output, value]) => answered(output, value)),
        timing: timingOf(answer.phases),
      }
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

function timingOf(phases: object): Record<string, number> {
  return Object.fromEntries(Object.entries(phases).filter(([phase]) => phase !== 'decode' && phase !== 'encode'))
}

function answered(name: string, value: Tensor): AnsweredOutput {
  return { name, datatype: value.datatype, shape: value.shape, elements: elementsOf(value) }
}

function elementsOf(value: Tensor): readonly Element[] {
  switch (value.datatype) {
    case 'BYTES':
      return value.data.map(textOf)
    case 'BOOL':
      return Array.from(value.data, (octet) => octet !== 0)
    case 'FP16':
      return Array.from(value.data, fromFloat16)
    case 'BF16':
      return Array.from(value.data, fromBfloat16)
    default:
      return Array.from<Element>(value.data)
  }
}
