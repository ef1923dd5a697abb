import { type Command, defineCommand } from '../command.ts'
import { EXIT } from '../exit.ts'
import { INPUT_FORMATS, readInput } from '../input-file.ts'
import { openPredictor } from '../open-predictor.ts'
import type { Output } from '../output.ts'
import { rowsOfFile, rowsWithoutFile } from '../parity-data.ts'
import { rowsOf, runParity } from '../parity-run.ts'
import { printParity } from '../parity-view.ts'

export const parity: Command = defineCommand({
  name: 'parity',
  summary: 'Compares two packages, or a package and a running server, on the same data.',
  takes: 'A B',
  counts: [2, 2],
  options: {
    data: {
      type: 'string',
      short: 'd',
      value: 'FILE',
      help: 'What both are asked: JSON, CSV or text; - is standard input. Without it, their examples and made-up rows.',
    },
    format: { type: 'string', oneOf: INPUT_FORMATS, help: 'What the data is, where its name does not tell.' },
    rows: { type: 'number', default: 200, help: 'How many rows are made up where there is no data.' },
    tolerance: {
      type: 'number',
      default: 1e-4,
      help: 'How far a number may be off: absolutely within 1, as a share of it beyond. Labels may not differ.',
    },
    'model-a': { type: 'string', value: 'NAME', help: 'The model of A, where it has several.' },
    'model-b': { type: 'string', value: 'NAME', help: 'The model of B, where it has several.' },
  },
  examples: [
    ['slipway parity churn/ churn-onnx/ --data customers.csv', 'a Python model and what it was converted to'],
    ['slipway parity models/churn http://127.0.0.1:8080/v2/models/churn -d rows.json', 'a package and what a server serves'],
    ['slipway parity before/ after/ --json', 'before and after an upgrade of what it needs, on its examples'],
  ],
  run: async ({ options, paths: [a, b] }, { output, stdin }) => {
    const file = options.data === undefined ? undefined : { ...(await readInput(options.data, stdin)), format: options.format }
    const about = (name: string | undefined) => ({ model: name, version: undefined, note: output.note })
    await using reference = await openPredictor(a as string, about(options['model-a']))
    await using candidate = await openPredictor(b as string, about(options['model-b']))
    const sides = { reference, candidate }
    const { rows: data, from } = file === undefined ? rowsWithoutFile(sides, options.rows) : rowsOfFile(file, sides)
    const total = data.reduce((sum, part) => sum + rowsOf(part), 0)
    const progress = output.progress('comparing', total)
    const report = await runParity({ ...sides, data, tolerance: options.tolerance, progress }).finally(() => progress.end())
    const said = { a: nameOf(a, reference), b: nameOf(b, candidate), data: from, ...report }
    if (output.json) output.document(said)
    else print(output, said)
    return report.agrees ? EXIT.ok : EXIT.failed
  },
})

const nameOf = (path: string | undefined, { model }: { readonly model: string }) => `${path} (${model})`

function print(
  output: Output,
  said: { readonly a: string; readonly b: string; readonly data: string } & Parameters<typeof printParity>[1],
): void {
  output.line(`Reference  ${output.paint('bold', said.a)}`)
  output.line(`Candidate  ${output.paint('bold', said.b)}`)
  output.line(`Data       ${output.paint('plain', said.data)}, ${said.rows} rows\n`)
  printParity(output, said)
}
