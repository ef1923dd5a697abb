/** Golden examples of a package, `examples/*.json`: checked, so that the playground, warm-up and golden tests can rely on them. */
import { basename, join } from 'node:path'
import { type InputInfo, quoted, ServeError, type TensorSpec } from '@slipway/protocol'
import * as z from 'zod'
import { checkSettings } from '../config/document.ts'
import { readSmall } from './files.ts'
import { listFolder } from './layout.ts'

export interface Example {
  /** The file's name without `.json`. */
  readonly name: string
  /** A V2 inference request; for an example that is a file, what the JSON says: `{ "file": "7.png" }`. */
  readonly request: unknown
  /** The file that is sent as the body. */
  readonly file?: { readonly name: string; readonly contentType: string; readonly bytes: Uint8Array }
  /** The V2 answer that is expected. */
  readonly response?: unknown
  /** How far a number of the answer may be off: absolutely within 1, as a share of it beyond. */
  readonly tolerance: number
}

const MOST_EXAMPLES = 100
const EXAMPLE_BYTES = 16_000_000

const tensorSchema = z.looseObject({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int().min(0)),
  data: z.array(z.unknown()),
})
const exampleSchema = z.strictObject({
  request: z.union([z.strictObject({ file: z.string().min(1) }), z.looseObject({ inputs: z.array(tensorSchema) })], {
    error: 'expected a V2 inference request with inputs of name, datatype, shape and data, or { "file": "name.png" }',
  }),
  response: z.looseObject({ outputs: z.array(tensorSchema) }).exactOptional(),
  tolerance: z.number().min(0).default(1e-5),
})

/** The good examples by name, and one sentence for each bad one, which is left out. */
export async function readExamples(
  folder: string,
  inputs: readonly InputInfo[],
  outputs: readonly TensorSpec[],
): Promise<{ readonly examples: readonly Example[]; readonly warnings: readonly string[] }> {
  const place = join(folder, 'examples')
  const names = (await listFolder(place)).map(({ name }) => name).filter((name) => name.endsWith('.json'))
  const examples: Example[] = []
  const warnings: string[] = []
  if (names.length > MOST_EXAMPLES) warnings.push(`only the first ${MOST_EXAMPLES} of ${names.length} examples are used`)
  for (const name of names.slice(0, MOST_EXAMPLES))
    try {
      examples.push(await readExample(place, name, { inputs, outputs }))
    } catch (error) {
      if (!(error instanceof ServeError)) throw error
      warnings.push(`example ${quoted(name)} is left out: ${error.message.replaceAll('\n', '; ')}`)
    }
  return { examples, warnings }
}

interface Sides {
  readonly inputs: readonly InputInfo[]
  readonly outputs: readonly TensorSpec[]
}

const bad = (sentence: string) => new ServeError('INVALID_ARGUMENT', sentence)

async function readExample(place: string, fileName: string, { inputs, outputs }: Sides): Promise<Example> {
  const read = await readSmall(join(place, fileName), EXAMPLE_BYTES)
  if ('refused' in read) throw bad(`it cannot be read: ${read.refused}`)
  const { request, response, tolerance } = checkSettings(exampleSchema, parseJson(read.bytes.toString('utf8')), { where: () => 'example' })
  if (response !== undefined) checkTensors('output', response.outputs, outputs)
  const common = { name: fileName.slice(0, -'.json'.length), request, tolerance, ...(response === undefined ? {} : { response }) }
  if (!('inputs' in request)) return { ...common, file: await readBody(place, request.file, inputs) }
  checkRequest(request.inputs, inputs)
  return common
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ServeError('INVALID_ARGUMENT', `it is no valid JSON: ${(cause as Error).message}`, { cause })
  }
}

async function readBody(place: string, name: string, inputs: readonly InputInfo[]): Promise<NonNullable<Example['file']>> {
  if (name !== basename(name) || name.includes('\\') || name.startsWith('.')) throw bad(`its file ${quoted(name)} must lie beside it`)
  if (inputs.length !== 1 || inputs[0]?.as.kind !== 'image')
    throw bad('a file can only be the body for a model with one input of kind image')
  const read = await readSmall(join(place, name), EXAMPLE_BYTES)
  if ('refused' in read) throw bad(`its file ${quoted(name)} cannot be read: ${read.refused}`)
  const contentType = contentTypeOf(read.bytes)
  if (contentType === undefined) throw bad(`its file ${quoted(name)} is no PNG or JPEG picture`)
  return { name, contentType, bytes: read.bytes }
}

function contentTypeOf(bytes: Buffer): string | undefined {
  if (bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))) return 'image/png'
  return bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])) ? 'image/jpeg' : undefined
}

type V2Tensor = z.output<typeof tensorSchema>

function checkRequest(given: readonly V2Tensor[], inputs: readonly InputInfo[]): void {
  const missing = inputs.find(({ name, optional }) => optional !== true && !given.some((one) => one.name === name))
  if (missing !== undefined) throw bad(`input ${quoted(missing.name)} is missing`)
  checkTensors('input', given, inputs)
}

function checkTensors(side: 'input' | 'output', given: readonly V2Tensor[], specs: readonly (TensorSpec | InputInfo)[]): void {
  for (const { name, datatype, shape, data } of given) {
    const spec = specs.find((one) => one.name === name)
    if (spec === undefined) throw bad(`the model has no ${side} ${quoted(name)}`)
    // An encoded picture stands in for the tensor.
    const encoded = 'as' in spec && spec.as.kind === 'image' && datatype === 'BYTES'
    if (!encoded && datatype !== spec.datatype) throw bad(`${side} ${quoted(name)} is ${spec.datatype}, not ${quoted(datatype)}`)
    const fits = shape.length === spec.shape.length && spec.shape.every((size, axis) => size < 0 || size === shape[axis])
    if (!encoded && !fits) throw bad(`${side} ${quoted(name)} has shape [${spec.shape.join(', ')}], not [${shape.join(', ')}]`)
    const wanted = shape.reduce((product, size) => product * size, 1)
    const elements = data.flat(Number.POSITIVE_INFINITY).length
    if (elements !== wanted) throw bad(`${side} ${quoted(name)} of shape [${shape.join(', ')}] needs ${wanted} elements, got ${elements}`)
  }
}
