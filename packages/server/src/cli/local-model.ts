/** A model of this disk, opened in a replica of its own as serving it would. */
import { systemClock } from '../base/clock.ts'
import { namedElements } from '../models/elements.ts'
import { exampleInputs } from '../serving/example-inputs.ts'
import { onlyPackage, openModels } from './packages.ts'
import type { Predictor } from './predictor.ts'
import type { Settings } from './settings.ts'
import { openTrial } from './trial.ts'

/** Opens the only model of the paths, or the one named. Dispose of it to end the replica. */
export async function openLocalModel(
  { loaded: { config }, paths }: Settings,
  { name, note }: { readonly name: string | undefined; readonly note?: (sentence: string) => void },
): Promise<Predictor> {
  await using cleanup = new AsyncDisposableStack()
  const opened = cleanup.use(await openModels(paths, { only: name, config, ...(note === undefined ? {} : { note }) }))
  const pkg = onlyPackage(opened)
  const { revision } = cleanup.use(await openTrial(pkg, config))
  const held = cleanup.move()
  return {
    model: pkg.name,
    inputs: pkg.inputs,
    outputs: pkg.outputs,
    examples: exampleInputs(pkg),
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
        outputs: [...answer.outputs].map(([output, value]) => namedElements(output, value)),
        timing: timingOf(answer.phases),
      }
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

function timingOf(phases: object): Record<string, number> {
  return Object.fromEntries(Object.entries(phases).filter(([phase]) => phase !== 'decode' && phase !== 'encode'))
}
