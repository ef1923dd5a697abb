/** The bare run, in a process of its own: onnxruntime-node and nothing else. Prints what the models answer and how long a run takes. */
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { IMAGE, ROW } from './payload.ts'
import { quantile } from './tally.ts'

export interface BareResult {
  readonly rowAnswer: readonly number[]
  readonly imageAnswer: readonly number[]
  /** Median milliseconds of one run of the image model. */
  readonly imageMs: number
}

const [rowModel, imageModel, runs] = process.argv.slice(2) as [string, string, string]

async function answerOf(session: InferenceSession, input: Tensor): Promise<readonly number[]> {
  const outputs = await session.run({ [session.inputNames[0] as string]: input })
  const output = outputs[session.outputNames[0] as string] as Tensor
  return [...(output.data as Float32Array)]
}

async function medianRun(session: InferenceSession, input: Tensor, count: number): Promise<number> {
  const feeds = { [session.inputNames[0] as string]: input }
  const took = new Float64Array(count)
  for (let run = 0; run < count / 10; run += 1) await session.run(feeds)
  for (let run = 0; run < count; run += 1) {
    const startedAt = performance.now()
    await session.run(feeds)
    took[run] = performance.now() - startedAt
  }
  return quantile(took.sort(), 0.5)
}

const row = new Tensor('float32', Float32Array.from(ROW), [1, 64])
const image = new Tensor('float32', IMAGE, [1, 3, 224, 224])
const rowSession = await InferenceSession.create(rowModel)
const imageSession = await InferenceSession.create(imageModel)
const result: BareResult = {
  rowAnswer: await answerOf(rowSession, row),
  imageAnswer: await answerOf(imageSession, image),
  imageMs: await medianRun(imageSession, image, Number(runs)),
}
process.stdout.write(JSON.stringify(result))
