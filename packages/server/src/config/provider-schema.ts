/** The schema of a list of execution providers. */
import * as z from 'zod'
import { nearest } from '../base/nearest.ts'
import { FAKE_FAILURES, PROVIDER_KINDS, PROVIDER_NAMES, type Provider, type ProviderKind } from './provider.ts'
import { size } from './quantities.ts'

const name = z.enum(PROVIDER_NAMES)
const described = z.strictObject({
  name: name.describe('Which provider.'),
  deviceId: z.int().min(0).exactOptional().describe('Which device of its kind, such as the second GPU: 1. 0 when absent.'),
  memoryBytes: size()
    .exactOptional()
    .describe('Memory of the device that one replica is counted with; a model that no longer fits beside the others is refused.'),
  options: z.record(z.string(), z.unknown()).exactOptional().describe('Options of the provider itself, as onnxruntime-node names them.'),
})

const SHAPE = `expected a provider (${PROVIDER_NAMES.join(', ')}), or a mapping such as { name: cuda, deviceId: 0, memoryBytes: 2GB }`

const provider = z
  .union([name, described], { error: ({ input }) => explain(input) })
  .transform((given) => completed(typeof given === 'string' ? { name: given } : given))

/** A list as a settings file holds it, made whole and checked: what would have no effect is refused. */
export const providers = z
  .array(provider)
  .min(1)
  .superRefine((list, context) => {
    for (const [index, one] of list.entries()) {
      const message = problemOf(one, index, list)
      if (message !== undefined) context.addIssue({ code: 'custom', message, path: [index] })
    }
  })

function explain(input: unknown): string {
  const word = typeof input === 'object' && input !== null && 'name' in input ? input.name : input
  if (typeof word !== 'string') return SHAPE
  if (!Object.hasOwn(PROVIDER_KINDS, word)) {
    const meant = nearest(word, PROVIDER_NAMES)
    return `expected one of ${PROVIDER_NAMES.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`
  }
  const issue = described.safeParse(input).error?.issues[0]
  if (issue === undefined) return SHAPE
  if (issue.code === 'unrecognized_keys')
    return `has the key ${issue.keys[0]}, which is not known; known here: ${Object.keys(described.shape).join(', ')}`
  return `has a ${issue.path.join('.')} that is not as it should be (${issue.message.replace(/^Invalid input: /, '')})`
}

function completed({ options = {}, ...given }: z.output<typeof described>): Provider {
  return { ...(PROVIDER_KINDS[given.name].numbered ? { deviceId: 0 } : {}), ...given, options }
}

// Zod asks this of a list with a broken entry, too, which has not been completed then.
function problemOf({ name, deviceId, memoryBytes, options = {} }: Provider, index: number, list: readonly Provider[]): string | undefined {
  const kind: ProviderKind = PROVIDER_KINDS[name]
  const first = list.findIndex((one) => one.name === name)
  if (first < index) return `names ${name} a second time, which has no effect`
  const cpu = list.findIndex((one) => one.name === 'cpu')
  if (cpu >= 0 && cpu < index) return `comes after cpu, where it has no effect: cpu runs every operator`
  if (!kind.numbered && deviceId !== undefined) return `has a deviceId, which has no effect with ${name}`
  if (!kind.numbered && memoryBytes !== undefined)
    return `has memoryBytes, which has no effect with ${name}: it has no device of its own to count`
  const foreign = Object.keys(options).find((option) => !kind.options.includes(option))
  if (foreign !== undefined) {
    const known = kind.options.length === 0 ? 'takes none' : `takes ${kind.options.join(', ')}`
    return `has the option ${foreign}, which has no effect: onnxruntime-node passes it on to no ${name}, which ${known}`
  }
  if (name === 'fake' && options.fails !== undefined && !(FAKE_FAILURES as readonly unknown[]).includes(options.fails))
    return `must have one of ${FAKE_FAILURES.join(', ')} in options.fails`
  return undefined
}
