/** Execution providers: what carries out a model's operators. A list of them is in order of preference. Workers read this, so the schema stands apart. */

/** One provider of a list, with what it is given. */
export interface Provider {
  readonly name: ProviderName
  /** Which device of its kind; always set where there are several to choose from, and only there. */
  readonly deviceId?: number
  /** Octets of the device's memory that each replica is counted with. */
  readonly memoryBytes?: number
  /** Passed on to onnxruntime-node. */
  readonly options: Readonly<Record<string, unknown>>
}

export interface ProviderKind {
  /** Its devices are numbered, and onnxruntime-node passes the number on. */
  readonly numbered: boolean
  /** Options that onnxruntime-node 1.30 passes on (js/node/src/session_options_helper.cc). */
  readonly options: readonly string[]
}

const WEBGPU_OPTIONS = [
  'preferredLayout',
  'forceCpuNodeNames',
  'validationMode',
  'enableRobustness',
  'storageBufferCacheMode',
  'uniformBufferCacheMode',
  'queryResolveBufferCacheMode',
  'defaultBufferCacheMode',
]

/** What onnxruntime-node has on one platform or another, and `fake`: a device that there is not, to rehearse a configuration with. */
export const PROVIDER_KINDS = {
  cpu: { numbered: false, options: [] },
  cuda: { numbered: true, options: [] },
  tensorrt: { numbered: true, options: [] },
  dml: { numbered: true, options: [] },
  coreml: { numbered: false, options: ['coreMlFlags'] },
  webgpu: { numbered: false, options: WEBGPU_OPTIONS },
  fake: { numbered: true, options: ['fails'] },
} as const satisfies Readonly<Record<string, ProviderKind>>
export type ProviderName = keyof typeof PROVIDER_KINDS
export const PROVIDER_NAMES = Object.keys(PROVIDER_KINDS) as readonly ProviderName[]
/** How the fake device is told to fail, in onnxruntime's words. */
export const FAKE_FAILURES = ['missing-libraries', 'out-of-memory', 'out-of-memory-in-runs'] as const

/** What a list asks to be tried, one after the other: as a whole, and where it ends in cpu, with one preference less each time. */
export function attempts(list: readonly Provider[]): readonly (readonly Provider[])[] {
  const last = list.at(-1)
  if (last?.name !== 'cpu' || list.length === 1) return [list]
  const preferred = list.slice(0, -1)
  return [...preferred.map((_, index) => preferred.slice(index)), [last]]
}

/** `cuda on device 1`, `webgpu`. */
export function providerText({ name, deviceId }: Provider): string {
  return deviceId === undefined ? name : `${name} on device ${deviceId}`
}
