/** The schema of model.yaml: what a model package says of itself. Everything is optional. */
import { DATATYPES } from '@slipway/protocol'
import * as z from 'zod'
import { PACKAGERS } from '../config/packager.ts'
import { batchingOptions, cacheOptions, modelLimits, replicaOptions, targetP99Ms } from '../config/schema.ts'

export const TASKS = [
  'image-classification',
  'tabular-classification',
  'tabular-regression',
  'text-classification',
  'object-detection',
  'embedding',
  'raw',
] as const
export type Task = (typeof TASKS)[number]

const perChannel = z.union([z.number(), z.array(z.number()).min(1).max(4)], {
  error: 'expected a number, or a list of one number for each channel',
})
const pixels = z.int({ error: 'expected a whole number of pixels from 1 to 16384' }).min(1).max(16_384).exactOptional()

const image = z.strictObject({
  kind: z.literal('image').describe('A picture: PNG, JPEG, WebP and GIF are accepted beside the tensor.'),
  channels: z
    .union([z.literal(1), z.literal(3), z.literal(4)], { error: 'expected 1 (grey), 3 (RGB) or 4 (RGBA)' })
    .exactOptional()
    .describe('1 is grey, 3 is RGB, 4 is RGBA; taken from the model’s shape when absent.'),
  width: pixels.describe('Pixels; taken from the model’s shape when absent.'),
  height: pixels.describe('Pixels; taken from the model’s shape when absent.'),
  fit: z
    .enum(['contain', 'cover', 'fill'])
    .default('contain')
    .describe('contain shows the whole picture with bars, cover its middle without, fill stretches it.'),
  invert: z.boolean().default(false).describe('Turns dark into light before scale.'),
  scale: z
    .number()
    .exactOptional()
    .describe(
      'value = (pixel × scale − mean) / std, with pixels from 0 to 255; 1/255 for floating point and 1 for whole numbers when absent.',
    ),
  mean: perChannel.default(0).describe('Taken off after scale.'),
  std: perChannel
    .refine((value) => [value].flat().every((one) => one !== 0), { error: 'must not be 0, since values are divided by it' })
    .default(1)
    .describe('Divides after mean.'),
  layout: z.enum(['NCHW', 'NHWC', 'flat']).exactOptional().describe('Taken from the model’s shape when absent.'),
  draw: z.boolean().default(false).describe('Shows a canvas to draw on.'),
  crop: z.enum(['ink', 'none']).default('none').describe('ink cuts the picture to what is drawn on its background before it is fitted.'),
})

const range = z
  .strictObject({ min: z.number(), max: z.number(), typical: z.number() })
  .refine(({ min, max, typical }) => min <= typical && typical <= max, { error: 'expected min ≤ typical ≤ max' })

const features = z
  .strictObject({
    kind: z.literal('features').describe('Numbers or texts by name: one row of a table.'),
    names: z.array(z.string().min(1)).min(1).describe('One name for each column.'),
    ranges: z.array(range).exactOptional().describe('What each column usually holds: bounds and a start for the form.'),
    missing: z
      .boolean()
      .default(false)
      .describe('Whether a value may be missing: an empty cell of a table, and null, stand for NaN in floating-point columns.'),
  })
  .refine(({ names, ranges }) => ranges === undefined || ranges.length === names.length, {
    error: 'ranges must have as many entries as names',
    path: ['ranges'],
  })

const input = z.discriminatedUnion('kind', [image, z.strictObject({ kind: z.literal('text').describe('Plain text.') }), features], {
  error: 'expected image, text or features',
})

/** What a project says of its inputs by itself, as a manifest would. */
export const declaredInputs = z.record(z.string(), input)
export type DeclaredInputs = z.output<typeof declaredInputs>

/** Numbers and truth values are labels, too, as YAML reads them. */
const label = z.union([z.string(), z.number(), z.boolean()], { error: 'expected a text' }).transform(String)

const output = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('scores').describe('One number for each label.'),
      labels: z.array(label).min(1).describe('What each column stands for, in order.'),
    }),
    z.strictObject({ kind: z.literal('label').describe('The answer itself, one for each row.') }),
  ],
  { error: 'expected scores or label' },
)

/** The options without their defaults: what is missing is the server's setting. */
const overriding = <Shape extends Record<string, z.ZodDefault<z.ZodType> | z.ZodPrefault<z.ZodType>>>(shape: Shape) =>
  z.strictObject(
    Object.fromEntries(
      Object.entries(shape).map(([key, option]) => [
        key,
        option
          .unwrap()
          .exactOptional()
          .describe(option.description ?? ''),
      ]),
    ) as {
      [Key in keyof Shape]: z.ZodExactOptional<ReturnType<Shape[Key]['unwrap']>>
    },
  )

const versionNumber = z
  .union([z.int().min(1), z.string().regex(/^[1-9][0-9]{0,18}$/)], { error: 'expected a version number' })
  .transform(String)
const versions = z
  .union([z.literal('all'), z.string().regex(/^latest\([1-9][0-9]{0,5}\)$/), z.array(versionNumber).min(1)], {
    error: 'expected latest(n), all, or a list of version numbers such as [1, 3]',
  })
  .transform((value): VersionPolicy => {
    if (value === 'all') return { kind: 'all' }
    if (Array.isArray(value)) return { kind: 'only', versions: value }
    return { kind: 'latest', count: Number(value.slice('latest('.length, -1)) }
  })

/** Which of the versions on disk are loaded. */
export type VersionPolicy =
  | { readonly kind: 'latest'; readonly count: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'only'; readonly versions: readonly string[] }

const pad = z
  .record(z.string(), z.number())
  .exactOptional()
  .describe(
    'Requests of different lengths may be joined: the free dimension that these inputs share is filled up with this value, by input. Only where that changes no answer, and where it costs less than runs apart.',
  )

const tensorSide = z.record(
  z.string().min(1),
  z.strictObject({
    datatype: z.enum(DATATYPES).describe('As V2 names it, such as FP32, INT64 or BYTES.'),
    shape: z
      .array(z.int().min(-1), { error: 'expected a list of sizes, -1 for one that is free' })
      .describe('Sizes, -1 for one that is free.'),
    optional: z.boolean().exactOptional().describe('A request may leave the input out.'),
  }),
)

const signature = z.strictObject({ inputs: tensorSide.default({}), outputs: tensorSide.default({}) })

const python = z.strictObject({
  packager: z.enum(PACKAGERS).exactOptional().describe('Whose layout the project is in; told by its files when absent.'),
  entry: z.string().min(1).exactOptional().describe('Which of several methods is served, where a BentoML service has several.'),
  version: z
    // YAML reads 3.10 as 3.1.
    .string({ error: 'expected a version in quotes, such as "3.11"' })
    .min(1)
    .exactOptional()
    .describe('The version of Python, such as "3.11"; what the project itself says when absent.'),
  batched: z
    .boolean()
    .exactOptional()
    .describe('Whether it takes the rows of several requests in one call; what the project itself says when absent.'),
  variables: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'expected the name of a variable' }), z.string())
    .default({})
    .describe('Variables of the environment that the model sees; it sees none of the server’s.'),
})

const converted = z.strictObject({
  from: z.string().min(1).describe('The file it was made of.'),
  by: z.string().min(1).describe('The converter and its version.'),
  packages: z.record(z.string(), z.string()).default({}).describe('Versions of what the original ran with.'),
  python: z.string().exactOptional().describe('The version of Python that the original ran on.'),
  rows: z.int().min(0).describe('Rows on which both were asked.'),
  maxDifference: z
    .union([z.number().min(0), z.literal('Infinity')])
    .describe('The largest difference of a number in an answer; Infinity where a text differed.'),
  tolerance: z.number().min(0).describe('How far a number may be off: absolutely within 1, relatively beyond.'),
  agrees: z.boolean().describe('Whether the answers agree within the tolerance; false where the difference was accepted.'),
})

export const manifestSchema = z.strictObject({
  task: z.enum(TASKS).exactOptional().describe('Picks the widgets of the playground; inferred from the model when absent.'),
  description: z.string().default('').describe('One sentence for people.'),
  inputs: z.record(z.string(), input).default({}).describe('How inputs may be given besides as tensors, by the model’s name of the input.'),
  outputs: z.record(z.string(), output).default({}).describe('How outputs are shown, by the model’s name of the output.'),
  batching: overriding(batchingOptions).extend({ pad }).default({}).describe('This model’s own settings in place of the server’s.'),
  replicas: overriding(replicaOptions).default({}).describe('This model’s own settings in place of the server’s.'),
  cache: overriding(cacheOptions).default({}).describe('This model’s own settings in place of the server’s.'),
  limits: overriding(modelLimits).default({}).describe('This model’s own settings in place of the server’s.'),
  targetP99Ms,
  versions: versions.prefault('latest(1)').describe('Which versions are loaded: latest(n), all, or a list of numbers.'),
  signature: signature
    .exactOptional()
    .describe('What a Python model takes and gives, where neither its type hints nor its packager say so.'),
  python: python.prefault({}).describe('How a Python model is run.'),
  allowCode: z
    .boolean()
    .default(false)
    .describe('Lets a Python model be loaded by the API too, and not only by who starts the server: it is code that runs here.'),
  golden: z
    .enum(['refuse', 'warn', 'off'])
    .default('refuse')
    .describe(
      'What happens when a version is loaded and answers an example otherwise than the example says: the version is refused and the one before it stays, it is served with a warning, or examples are not run.',
    ),
  converted: converted.exactOptional().describe('Written by slipway convert: what it was made of, and how well the answers agree.'),
  metrics: z.record(z.string(), z.number()).default({}).describe('What was measured offline, such as accuracy: shown beside the model.'),
})

/** A manifest with its defaults filled in. */
export type Manifest = z.output<typeof manifestSchema>
export type Converted = z.output<typeof converted>
export type InputDeclaration = z.output<typeof input>
export type ImageDeclaration = z.output<typeof image>
