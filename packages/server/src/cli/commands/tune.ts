import { dirname, join, resolve } from 'node:path'
import { ServeError } from '@slipway/protocol'
import { systemClock } from '../../base/clock.ts'
import { MANIFEST_FILE } from '../../models/manifest.ts'
import { editManifest, writeManifest } from '../../models/manifest-edit.ts'
import type { Found as FoundModel } from '../../models/repository.ts'
import { milliseconds, paretoFront } from '../../tune/front.ts'
import type { Finalist, Found } from '../../tune/search.ts'
import { settingName } from '../../tune/setting.ts'
import { runTuning } from '../../tune/tuning.ts'
import { type Command, defineCommand } from '../command.ts'
import { CommandError, EXIT, type ExitCode } from '../exit.ts'
import type { Output } from '../output.ts'
import { onlyPackage, openModels } from '../packages.ts'
import { loadSettings } from '../settings.ts'
import { gainOf, manifestChange, printFinalists, reason, TuneView } from '../tune-view.ts'
import { prepareTuning } from '../tuning.ts'

export const tune: Command = defineCommand({
  name: 'tune',
  summary: 'Finds threads × replicas × rows × delay for the best throughput within a p99 target on this machine; writes the manifest.',
  takes: 'PATH',
  counts: [1, 1],
  options: {
    p99: { type: 'number', value: 'MS', help: 'What 99 of 100 answers may take; targetP99Ms of the manifest, or no limit, when absent.' },
    budget: { type: 'number', value: 'SECONDS', help: 'How long to search, about; 60 when absent.', default: 60 },
    providers: { type: 'string', value: 'LISTS', help: 'Execution providers to choose among, as in "cuda,cpu;cpu".' },
    model: { type: 'string', short: 'm', value: 'NAME', help: 'The model of a repository that has several.' },
    config: { type: 'string', value: 'FILE', help: 'A settings file to read in place of slipway.yaml.' },
    resume: { type: 'boolean', help: 'Go on from where an interrupted run of the same model stopped.' },
    out: { type: 'string', value: 'FILE', help: 'The manifest to write in place of the package’s own.' },
    'dry-run': { type: 'boolean', help: 'Say what would be written, and write nothing.' },
  },
  examples: [
    ['slipway tune models/digits --p99 20', 'the most rows a second of which 99 of 100 are answered in 20 ms'],
    ['slipway tune model.onnx --budget 300 --dry-run', 'a longer search that writes nothing'],
    ['slipway tune models/digits --p99 20 --resume', 'goes on after Ctrl+C'],
  ],
  endsInOrder: true,
  run: async ({ options, paths }, { output, signal }) => {
    for (const name of ['p99', 'budget'] as const)
      if (options[name] !== undefined && !(options[name] > 0)) throw new CommandError(EXIT.usage, `--${name} must be more than 0`)
    const settings = await loadSettings({ paths, config: options.config })
    await using opened = await openModels(settings.paths, { only: options.model, config: settings.loaded.config, note: output.note })
    const pkg = onlyPackage(opened)
    const manifest = manifestPlace(opened.found[0] as FoundModel, options.out)
    await using tuning = await prepareTuning(pkg, settings.loaded.config, {
      p99Ms: options.p99,
      providers: options.providers?.split(';').map((list) => list.replaceAll(' ', '')) ?? [],
      mode: options.resume ? 'resume' : 'anew',
      signal,
    })
    const { targetP99Ms } = tuning
    const view = new TuneView(output, targetP99Ms)
    try {
      const found = await runTuning({
        ...tuning,
        clock: systemClock,
        signal,
        budgetMs: options.budget * 1000,
        onTrial: (trial) => view.saw(trial),
      })
      view.end()
      return await conclude(found, { output, view, targetP99Ms, manifest, dryRun: options['dry-run'], json: output.json })
    } catch (error) {
      view.end()
      if (!signal.aborted) throw error
      throw new CommandError(
        EXIT.failed,
        `stopped; what was measured is kept, and "slipway tune ${paths[0]} --resume" with the same options goes on`,
      )
    }
  },
})

/** Undefined for a bare file, which has no manifest: what is found can be shown, or written where --out says. */
function manifestPlace({ folder, manifestPath, available }: FoundModel, out: string | undefined): string | undefined {
  if (out !== undefined) return resolve(out)
  const isBare = available.some(({ modelPath }) => dirname(modelPath) === folder)
  return manifestPath ?? (isBare ? undefined : join(folder, MANIFEST_FILE))
}

interface Conclusion {
  readonly output: Output
  readonly view: TuneView
  readonly targetP99Ms: number
  readonly manifest: string | undefined
  readonly dryRun: boolean
  readonly json: boolean
}

async function conclude(found: Found, { output, view, targetP99Ms, manifest, dryRun, json }: Conclusion): Promise<ExitCode> {
  const [best] = found.finalists
  if (best === undefined) throw new ServeError('FAILED_PRECONDITION', 'no setting opened the model; "slipway inspect" says why')
  const change = manifestChange(best.setting, targetP99Ms)
  const written = best.figures.meets && !dryRun ? manifest : undefined
  if (written !== undefined) await writeManifest(written, change)
  if (json) output.document(toDocument(found, { best, view, targetP99Ms, written }))
  else {
    for (const line of view.front(output.width ?? 100)) output.line(line)
    output.line()
    printFinalists(output, found)
    output.line()
    output.line(best.figures.meets ? reason(best, found, targetP99Ms) : missed(best, targetP99Ms))
    if (written !== undefined) output.line(`Written to ${written}`)
    else if (best.figures.meets)
      output.line(`${dryRun ? 'Not written' : 'A bare file has no manifest'}; model.yaml would hold:\n\n${editManifest('', change)}`)
  }
  return best.figures.meets ? EXIT.ok : EXIT.failed
}

const missed = (best: Finalist, targetP99Ms: number) =>
  `No setting that was tried keeps a p99 of ${milliseconds(targetP99Ms)}: the nearest is ${settingName(best.setting)} with ${milliseconds(best.figures.p99Ms)}; nothing is written`

function toDocument(
  { finalists, defaults }: Found,
  {
    best,
    view,
    targetP99Ms,
    written,
  }: { readonly best: Finalist; readonly view: TuneView; readonly targetP99Ms: number; readonly written: string | undefined },
): unknown {
  const told = ({ setting, figures: { points: _, ...figures } }: Finalist) => ({
    ...setting,
    ...figures,
    isDefault: setting === defaults?.setting,
  })
  return {
    targetP99Ms: Number.isFinite(targetP99Ms) ? targetP99Ms : null,
    chosen: best.figures.meets ? told(best) : null,
    nearest: best.figures.meets ? null : told(best),
    gain: defaults?.figures.meets === true ? gainOf(best, defaults) : null,
    finalists: finalists.map(told),
    front: paretoFront(view.spots),
    written: written ?? null,
  }
}
