/** How people give and see the tensors of a model: from its manifest, and where that is silent from its signature. */
import { type InputInfo, type OutputInfo, type OutputKind, quoted, ServeError, type TensorSpec } from '@slipway/protocol'
import { nearest } from '../base/nearest.ts'
import { type ImageSpec, type InputTransform, pictureShape } from '../transforms/transform.ts'
import type { ModelFacts } from './facts.ts'
import { MANIFEST_FILE } from './manifest.ts'
import type { ImageDeclaration, InputDeclaration, Manifest, Task } from './manifest-schema.ts'

export interface Description {
  readonly task: Task
  readonly inputs: readonly InputInfo[]
  readonly outputs: readonly OutputInfo[]
  readonly transforms: readonly InputTransform[]
}

/** More columns than this are no form that a person fills in. */
const MOST_FIELDS = 64

/** What is taken for a picture: by the shape where the task speaks of images, too, or only what the manifest declares as one. */
export type Pictures = 'by task' | 'declared'

/** Throws INVALID_ARGUMENT when the manifest contradicts the model: a name it does not have, a count or size that does not fit. */
export function describeModel(
  manifest: Manifest,
  facts: Pick<ModelFacts, 'signature' | 'labels'>,
  pictures: Pictures = 'by task',
): Description {
  const { signature } = facts
  checkNames('inputs', Object.keys(manifest.inputs), signature.inputs)
  checkNames('outputs', Object.keys(manifest.outputs), signature.outputs)
  const described = signature.inputs.map((spec) => describeInput(spec, declarationOf(spec, manifest, pictures)))
  const inputs = described.map(({ info }) => info)
  const outputs = signature.outputs.map((spec): OutputInfo => ({ ...spec, as: outputKind(spec, manifest, facts) }))
  const transforms = described.flatMap(({ info, image }) => (image === undefined ? [] : [{ input: info.name, image }]))
  return { task: manifest.task ?? inferTask(inputs, outputs), inputs, outputs, transforms }
}

const bad = (sentence: string) => new ServeError('INVALID_ARGUMENT', `${MANIFEST_FILE}: ${sentence}`)

function checkNames(key: 'inputs' | 'outputs', names: readonly string[], specs: readonly TensorSpec[]): void {
  for (const name of names) {
    const known = specs.map((spec) => spec.name)
    if (known.includes(name)) continue
    const meant = nearest(name, known)
    const help = meant === undefined ? `it has ${known.slice(0, 8).map(quoted).join(', ')}` : `did you mean ${quoted(meant)}?`
    throw bad(`${key} names ${quoted(name)}, which the model does not have; ${help}`)
  }
}

function declarationOf(spec: TensorSpec, manifest: Manifest, pictures: Pictures): InputDeclaration | undefined {
  if (Object.hasOwn(manifest.inputs, spec.name)) return manifest.inputs[spec.name]
  if (pictures === 'declared' || !manifest.task?.startsWith('image-')) return undefined
  // Nothing but the task says that it is a picture: only a shape that leaves nothing open is taken for one.
  const { layout, channels, width, height } = sizesOf(spec.shape)
  if (layout === undefined || channels === undefined || width === undefined || height === undefined) return undefined
  return { kind: 'image', fit: 'contain', invert: false, mean: 0, std: 1, draw: false, crop: 'none' }
}

function describeInput(spec: TensorSpec, declared: InputDeclaration | undefined): { readonly info: InputInfo; readonly image?: ImageSpec } {
  if (declared?.kind === 'image') return describeImage(spec, declared)
  if (declared?.kind === 'text') {
    if (spec.datatype !== 'BYTES') throw bad(`input ${quoted(spec.name)} is declared as text, but the model takes ${spec.datatype}`)
    return { info: { ...spec, as: { kind: 'text' } } }
  }
  if (declared?.kind === 'features') {
    const columns = columnsOf(spec)
    if (columns === undefined)
      throw bad(`input ${quoted(spec.name)} is declared as features, but its shape [${spec.shape.join(', ')}] is no table`)
    const { names, ranges, missing } = declared
    if (missing && !/^FP/.test(spec.datatype))
      throw bad(`input ${quoted(spec.name)} is ${spec.datatype}, which has no value for what is missing; remove missing`)
    if (columns >= 0 && columns !== names.length)
      throw bad(`input ${quoted(spec.name)} has ${columns} columns, but ${names.length} names are given`)
    const as = { kind: 'features', names, ...(ranges === undefined ? {} : { ranges }), ...(missing ? { missing } : {}) } as const
    return { info: { ...spec, as } }
  }
  return { info: { ...spec, as: guessInput(spec) } }
}

function guessInput(spec: TensorSpec): InputInfo['as'] {
  // A column of a form cannot be left out; a value of its own can.
  if (spec.optional === true) return { kind: 'tensor' }
  const columns = columnsOf(spec)
  if (columns === undefined || columns < 1 || columns > MOST_FIELDS) return { kind: 'tensor' }
  if (spec.datatype === 'BYTES') return columns === 1 ? { kind: 'text' } : { kind: 'tensor' }
  if (columns === 1) return { kind: 'features', names: [spec.name] }
  return { kind: 'features', names: Array.from({ length: columns }, (_, index) => `f${index}`) }
}

/** Columns of a table [n, k]; 1 for a column [n]; -1 when k is free; undefined for what is no table. */
function columnsOf({ shape }: TensorSpec): number | undefined {
  if (shape.length === 1) return 1
  return shape.length === 2 ? shape[1] : undefined
}

interface Sizes {
  readonly layout?: ImageSpec['layout']
  readonly channels?: 1 | 3 | 4
  readonly width?: number
  readonly height?: number
}

const CHANNELS: readonly unknown[] = [1, 3, 4]
const isChannels = (size: number | undefined): size is 1 | 3 | 4 => CHANNELS.includes(size)
const fixed = (key: 'width' | 'height', size: number | undefined): Sizes => (size === undefined || size < 1 ? {} : { [key]: size })

/** What a shape says of the pictures in it. */
function sizesOf(shape: readonly number[]): Sizes {
  const [, second, third, fourth] = shape
  if (shape.length === 4 && isChannels(second))
    return { layout: 'NCHW', channels: second, ...fixed('height', third), ...fixed('width', fourth) }
  if (shape.length === 4 && isChannels(fourth))
    return { layout: 'NHWC', channels: fourth, ...fixed('height', second), ...fixed('width', third) }
  if (shape.length === 3) return { layout: 'NCHW', channels: 1, ...fixed('height', second), ...fixed('width', third) }
  return shape.length === 2 ? { layout: 'flat' } : {}
}

function describeImage(spec: TensorSpec, declared: ImageDeclaration): { readonly info: InputInfo; readonly image: ImageSpec } {
  const { kind: _, draw, ...rest } = declared
  const given = { ...sizesOf(spec.shape), ...rest }
  const { channels, width, height, layout } = given
  if (channels === undefined || width === undefined || height === undefined || layout === undefined) {
    const missing = (['channels', 'width', 'height', 'layout'] as const).filter((key) => given[key] === undefined)
    throw bad(`input ${quoted(spec.name)} of shape [${spec.shape.join(', ')}] leaves ${missing.join(', ')} open; say it there`)
  }
  const scale = given.scale ?? (/^(FP|BF)/.test(spec.datatype) ? 1 / 255 : 1)
  const image: ImageSpec = { ...given, channels, width, height, layout, scale }
  if (spec.datatype === 'BYTES' || spec.datatype === 'BOOL' || pictureShape(image, spec.shape) === undefined)
    throw bad(
      `input ${quoted(spec.name)}, ${spec.datatype} [${spec.shape.join(', ')}], cannot hold pictures of ${channels} channels, ${height} rows and ${width} columns as ${layout}`,
    )
  for (const key of ['mean', 'std'] as const)
    if (typeof image[key] !== 'number' && image[key].length !== channels)
      throw bad(`input ${quoted(spec.name)} has ${channels} channels, but ${key} has ${image[key].length} numbers`)
  const { fit, invert, crop } = image
  return { info: { ...spec, as: { kind: 'image', channels, width, height, fit, invert, layout, draw, crop } }, image }
}

function outputKind(spec: TensorSpec, manifest: Manifest, { labels: known }: Pick<ModelFacts, 'labels'>): OutputKind {
  const declared = Object.hasOwn(manifest.outputs, spec.name) ? manifest.outputs[spec.name] : undefined
  if (declared?.kind === 'scores') {
    const columns = spec.shape.at(-1)
    if (columns !== undefined && columns >= 0 && columns !== declared.labels.length)
      throw bad(`output ${quoted(spec.name)} has ${columns} columns, but ${declared.labels.length} labels are given`)
    return declared
  }
  if (declared !== undefined) return declared
  const labels = known.get(spec.name)
  if (labels !== undefined && labels.length > 0) return { kind: 'scores', labels }
  return columnsOf(spec) === 1 && ['INT64', 'INT32', 'BYTES'].includes(spec.datatype) ? { kind: 'label' } : { kind: 'tensor' }
}

function inferTask(inputs: readonly InputInfo[], outputs: readonly OutputInfo[]): Task {
  const required = inputs.filter((input) => input.optional !== true)
  const takes = (kind: InputInfo['as']['kind']) => required.some((input) => input.as.kind === kind)
  const classifies = outputs.some((output) => output.as.kind !== 'tensor')
  const numbers = outputs.filter((output) => /^(FP|BF)/.test(output.datatype))
  if (takes('image')) return classifies ? 'image-classification' : 'raw'
  if (takes('text')) return classifies ? 'text-classification' : numbers.some(({ shape }) => shape.length === 2) ? 'embedding' : 'raw'
  if (required.length === 0 || !required.every((input) => input.as.kind === 'features')) return 'raw'
  if (classifies) return 'tabular-classification'
  return numbers.length > 0 && numbers.every((output) => columnsOf(output) === 1) ? 'tabular-regression' : 'raw'
}
