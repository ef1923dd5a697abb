import { ServeError } from '@slipway/protocol'
import { answerDocument, printAnswer } from '../answer.ts'
import { type Command, defineCommand } from '../command.ts'
import { CommandError, EXIT } from '../exit.ts'
import { fileInputs, INPUT_FORMATS, type InputFile, readInput } from '../input-file.ts'
import { openPredictor } from '../open-predictor.ts'
import type { Prediction, Predictor } from '../predictor.ts'

export const predict: Command = defineCommand({
  name: 'predict',
  summary: 'One prediction without a server, or against one; JSON, CSV, image in; table or JSON out.',
  takes: 'PATH|URL',
  counts: [1, 1],
  options: {
    input: { type: 'string', short: 'i', value: 'FILE', help: 'What to predict from: JSON, CSV, text or a picture; - is standard input.' },
    format: { type: 'string', oneOf: INPUT_FORMATS, help: 'What the input is, where its name does not tell.' },
    model: { type: 'string', short: 'm', value: 'NAME', help: 'The model of a repository or server that has several.' },
    version: { type: 'string', value: 'N', help: 'The version to ask on a server.' },
  },
  examples: [
    ['slipway predict model.onnx -i rows.csv', 'a table of rows, without a server'],
    ['slipway predict models/digits -i seven.png', 'a picture'],
    ['slipway predict http://127.0.0.1:8080 -m digits -i input.json', 'on a running server'],
    ["echo '[[5.1, 3.5, 1.4, 0.2]]' | slipway predict iris.onnx -i - --json", 'from standard input, as JSON'],
  ],
  run: async ({ options, paths }, { output, stdin }) => {
    if (options.input === undefined)
      throw new CommandError(EXIT.usage, 'slipway predict needs an input: -i FILE, or -i - for standard input')
    const read = await readInput(options.input, stdin)
    await using predictor = await openPredictor(paths[0] as string, { ...options, note: output.note })
    const prediction = await ask(predictor, { ...read, format: options.format })
    if (output.json) output.document(answerDocument(predictor, prediction))
    else printAnswer(output, predictor, prediction)
    return EXIT.ok
  },
})

async function ask(predictor: Predictor, file: InputFile): Promise<Prediction> {
  const inputs = fileInputs(file, predictor.inputs)
  try {
    return await predictor.predict(inputs)
  } catch (error) {
    if (error instanceof ServeError && error.code === 'INVALID_ARGUMENT')
      throw new CommandError(EXIT.usage, `${file.name}: ${error.message}`, { cause: error })
    throw error
  }
}
