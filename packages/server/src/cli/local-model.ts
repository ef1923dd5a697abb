/** A model of this disk, opened in a replica of its own as serving it would. */
import { fromBfloat16, fromFloat16, type Tensor } from '@slipway/protocol'
import { systemClock } from '../base/clock.ts'
import { onlyPackage, openModels } from './packages.ts'
import { type AnsweredOutput, type Element, type Predictor, textOf } from './predictor.ts'
import type { Settings } from './settings.ts'
import { openTrial } from './trial.ts'

/** Opens the only model of the paths, or the one named. Dispose of it to end the replica. */
export async function openLocalModel({ loaded: { config }, paths }: Settings, name: string | undefined): Promise<Predictor> {
  await using cleanup = new AsyncDisposableStack()
  const opened = cleanup.use(await openModels(paths, { only: name, config }))
  const pkg = onlyPackage(opened)
  const { revision } = cleanup.use(await openTrial(pkg, config))
  const held = cleanup.move()
  return {
    model: pkg.name,
    inputs: pkg.inputs,
    outputs: pkg.outputs,
    predict: async (inputs) => {
      const context = {
        requestId: 'predict',
        dialect: 'command',
        deadline: systemClock.monotonic() + revision.settings.limits.runMs,
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
