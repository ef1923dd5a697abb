import { join, relative, resolve } from 'node:path'
import { systemClock } from '../../base/clock.ts'
import { toolVariables } from '../../config/load.ts'
import type { Conversion } from '../../convert/convert.ts'
import { readSource, type Source } from '../../convert/source.ts'
import { createEnvironments } from '../../environments/environments.ts'
import { type Command, defineCommand } from '../command.ts'
import { CommandError, EXIT } from '../exit.ts'
import type { Output, Progress } from '../output.ts'
import { printParity } from '../parity-view.ts'
import { loadSettings } from '../settings.ts'

export const convert: Command = defineCommand({
  name: 'convert',
  summary: 'scikit-learn, PyTorch, TensorFlow, XGBoost, … → a package, with proof that the answers agree.',
  takes: 'FILE',
  counts: [1, 1],
  options: {
    data: {
      type: 'string',
      short: 'd',
      value: 'FILE',
      help: 'Rows that both are asked: CSV, JSON, JSON lines, Parquet, or .npy and .npz for tensors. Without it, rows made up from the training schema.',
    },
    out: {
      type: 'string',
      short: 'o',
      value: 'FOLDER',
      help: 'The package; a folder beside the file when absent. A package that is there gets a further version.',
    },
    rows: { type: 'number', default: 500, help: 'How many rows are made up where there is no data.' },
    tolerance: {
      type: 'number',
      default: 1e-4,
      help: 'How far a number may be off: absolutely within 1, as a share of it beyond. Labels may not differ.',
    },
    'accept-difference': { type: 'boolean', help: 'Keep the model although its answers differ by more; the manifest says so.' },
    python: { type: 'string', value: 'VERSION', help: 'The version of Python, such as 3.11; what the requirements say when absent.' },
    shape: {
      type: 'string',
      value: 'SIZES',
      help: 'Sizes of the input of a PyTorch model that does not tell them: 1,3,224,224; several apart by spaces.',
    },
    opset: { type: 'number', value: 'N', help: 'The version of ONNX operators; the converter chooses when absent.' },
    'dry-run': { type: 'boolean', help: 'Convert and compare, and write no package.' },
  },
  examples: [
    ['slipway convert model.joblib --data held-out.csv', 'a scikit-learn pipeline, compared on your rows'],
    ['slipway convert booster.json', 'XGBoost, compared on rows made up from it'],
    ['slipway convert network.py:trained --shape 1,3,224,224', 'a PyTorch module that a function returns'],
    ['slipway serve model/', 'what came of the first: playground and API'],
  ],
  run: async ({ options, paths: [file] }, { output, signal }) => {
    const source = await readSource(file as string)
    const out = resolve(options.out ?? defaultOut(source))
    const { config } = (await loadSettings({ paths: [] })).loaded
    const environments = createEnvironments({ ...config.environments, clock: systemClock, env: toolVariables() })
    // Loaded only for this command: it needs the whole server to open a model.
    const [{ convertModel }, { openLocalModel }] = await Promise.all([import('../../convert/convert.ts'), import('../local-model.ts')])
    const { rows, tolerance, opset, python } = options
    const wanted = {
      data: options.data === undefined ? undefined : resolve(options.data),
      rows: atLeast(rows, 1, 'rows'),
      tolerance: atLeast(tolerance, 0, 'tolerance'),
      opset,
      python,
      shapes: shapesOf(options.shape),
      acceptDifference: options['accept-difference'],
      dryRun: options['dry-run'],
      out,
    }
    let progress: Progress | undefined
    const conversion = await convertModel(source, wanted, {
      environments,
      signal,
      onProgress: output.note,
      onRows: (done, total) => {
        progress ??= output.progress('comparing', total)
        progress.at(done)
      },
      open: async (folder) => {
        const model = await openLocalModel(await loadSettings({ paths: [folder] }), { name: undefined })
        return { ask: async (inputs) => (await model.predict(inputs)).outputs, [Symbol.asyncDispose]: () => model[Symbol.asyncDispose]() }
      },
    }).finally(() => progress?.end())
    const place = relative('.', out) || '.'
    if (output.json) output.document({ out: place, ...conversion })
    else print(output, conversion, place)
    return conversion.report.agrees || options['accept-difference'] ? EXIT.ok : EXIT.failed
  },
})

/** Beside the file, under its name; the model's own folder is left as it is. */
function defaultOut({ folder, name, kind }: Source): string {
  const stem =
    name
      .replace(/(\.py)?:.*$/, '')
      .replace(/\.[^.]*$/, '')
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '') || 'model'
  return join(folder, kind === 'savedmodel' || stem === name ? `${stem}-onnx` : stem)
}

function atLeast(value: number, least: number, name: string): number {
  if (value >= least) return value
  throw new CommandError(EXIT.usage, `--${name} must be ${least} or more, got ${value}`)
}

function shapesOf(text: string | undefined): readonly (readonly number[])[] | undefined {
  if (text === undefined) return undefined
  return text
    .trim()
    .split(/\s+/)
    .map((one) => {
      const sizes = one.split(',').map(Number)
      if (sizes.every((size) => Number.isInteger(size) && size > 0)) return sizes
      throw new CommandError(EXIT.usage, `--shape takes sizes such as 1,3,224,224, got ${JSON.stringify(one)}`)
    })
}

function print(output: Output, { report, converted, generated, environment, precision, version }: Conversion, place: string): void {
  const packages = Object.entries(converted.packages).map(([name, number]) => `${name} ${number}`)
  output.line(
    `Original   ${output.paint('bold', converted.from)}  ${output.paint('dim', [`Python ${environment.pythonVersion}`, ...packages].join(', '))}`,
  )
  output.line(`Converted  by ${output.paint('plain', converted.by)}${precision === 'double' ? ', in FP64' : ''}`)
  output.line(`Rows       ${report.rows}${generated ? ', made up from the training schema; give yours with --data' : ''}\n`)
  printParity(output, report)
  output.line()
  if (version !== undefined) {
    output.line(
      `Version ${version} of ${output.paint('bold', `${place}/`)} with ${converted.agrees ? 'its' : 'the accepted difference in its'} manifest and examples.`,
    )
    output.line(`Next: slipway serve ${place}/`)
  } else if (report.agrees) output.line('Nothing was written (--dry-run).')
  else
    output.line(
      'Nothing was written. Look at the rows above; --tolerance says how much may differ, and --accept-difference keeps it as it is.',
    )
}
