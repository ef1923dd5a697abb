/** A model on a server, through the client that programs use. */
import type { Output } from '@slipway/client'
import { type ModelInfo, quoted } from '@slipway/protocol'
import { nearest } from '../base/nearest.ts'
import { type Element, type NamedElements, textOf } from '../models/elements.ts'
import { connect, told } from './connection.ts'
import { CommandError, EXIT } from './exit.ts'
import type { Predictor } from './predictor.ts'

/** `http://host:8080`, or with the model in it as the API has it: `http://host:8080/v2/models/digits`. */
const MODEL_PATH = /\/(?:v2|api\/v1)\/models\/([^/]+)(?:\/versions\/([^/]+))?(?:\/(?:infer|predict))?\/?$/

export interface RemoteRequest {
  readonly url: string
  readonly model?: string | undefined
  readonly version?: string | undefined
}

/** The only model of the server, or the one named. A failure of the server or on the way is a CommandError. */
export async function openRemoteModel(request: RemoteRequest): Promise<Predictor> {
  const [, inPath, versionInPath] = MODEL_PATH.exec(new URL(request.url).pathname) ?? []
  const base = new URL(request.url)
  base.pathname = base.pathname.replace(MODEL_PATH, '')
  const slipway = connect(base)
  const version = request.version ?? versionInPath
  const wanted = request.model ?? (inPath === undefined ? undefined : decodeURIComponent(inPath))
  const info = choose(await told(slipway.models()), wanted)
  const model = slipway.model(info.name, { version })
  return {
    model: info.name,
    inputs: info.inputs,
    outputs: info.outputs,
    examples: [],
    predict: async (inputs) => {
      const answer = await told(model.answer(Object.fromEntries(inputs)))
      const outputs = Object.entries(answer.outputs).map(([name, output]) => answered(name, output))
      return { version: answer.version ?? info.serving ?? '', outputs, timing: answer.timing.phases }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

function choose(models: readonly ModelInfo[], wanted: string | undefined): ModelInfo {
  const names = models.map(({ name }) => name)
  const [only] = models
  if (wanted === undefined && models.length === 1 && only !== undefined) return only
  const listed = names.length === 0 ? 'it has none' : `it has ${names.map(quoted).join(', ')}`
  if (wanted === undefined) throw new CommandError(EXIT.usage, `say which model of the server with --model; ${listed}`)
  const found = models.find(({ name }) => name === wanted)
  if (found !== undefined) return found
  const meant = nearest(wanted, names)
  throw new CommandError(
    EXIT.notFound,
    `the server has no model ${quoted(wanted)}; ${meant === undefined ? listed : `did you mean ${quoted(meant)}?`}`,
  )
}

function answered(name: string, output: Output): NamedElements {
  const { datatype, shape } = output
  if (output.datatype === 'BYTES') return { name, datatype, shape, elements: output.bytes.map(textOf) }
  if (output.datatype === 'BOOL') return { name, datatype, shape, elements: Array.from(output.data, (octet) => octet !== 0) }
  return { name, datatype, shape, elements: Array.from<Element>(output.data) }
}
