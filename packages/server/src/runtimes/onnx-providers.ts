/** Execution providers as onnxruntime-node takes them, and what is told when one of them cannot be used. */
import { ServeError } from '@slipway/protocol'
import { type InferenceSession, listSupportedBackends } from 'onnxruntime-node'
import { type Provider, type ProviderName, providerText } from '../config/provider.ts'
import { installSteps, type Library, missingLibraries, missingText, whereLooked } from './libraries.ts'

type OrtProviders = NonNullable<InferenceSession.SessionOptions['executionProviders']>

/** What onnxruntime runs the fake device on. */
const STAND_IN = 'cpu'

/** Throws FAILED_PRECONDITION for what this build of onnxruntime-node does not have, and fails as a fake device is told to. */
export function executionProviders(providers: readonly Provider[]): OrtProviders {
  const built = listSupportedBackends().map(({ name }) => name)
  const absent = providers.find(({ name }) => name !== 'fake' && !built.includes(name))
  if (absent !== undefined)
    throw new ServeError(
      'FAILED_PRECONDITION',
      `${absent.name} is not in onnxruntime-node for ${process.platform} on ${process.arch}, which has ${built.join(', ')}`,
    )
  for (const { name, options } of providers) if (name === 'fake') failAsTold(options.fails)
  return providers.map(({ name, deviceId, options }) => {
    if (name === 'fake' || name === 'cpu') return STAND_IN
    return deviceId === undefined ? { name, ...options } : { name, deviceId, ...options }
  })
}

/** In the words of onnxruntime 1.30. */
function failAsTold(failure: unknown): void {
  if (failure === 'missing-libraries') throw new Error('OrtSessionOptionsAppendExecutionProvider_Fake: Failed to load shared library')
  if (failure === 'out-of-memory')
    throw new Error('Non-zero status code returned while running Memcpy node. CUDA failure 2: out of memory ; GPU=0 ; expr=cudaMalloc')
}

/** A fake device that is told to has no memory left once runs begin, as an arena has that cannot grow. */
export function failRunsAsTold(providers: readonly Provider[]): void {
  if (providers.some(({ name, options }) => name === 'fake' && options.fails === 'out-of-memory-in-runs'))
    throw new Error(
      'BFCArena::AllocateRawInternal Available memory of 0 is smaller than requested bytes of 4096. Failed to allocate memory',
    )
}

/** How onnxruntime names providers in its errors. */
const IN_ERRORS: Readonly<Partial<Record<ProviderName, RegExp>>> = {
  cuda: /cuda/i,
  tensorrt: /tensorrt/i,
  webgpu: /webgpu|dawn/i,
  dml: /dml|directml/i,
  coreml: /coreml/i,
}

/**
 * Why the providers could not be used. The message names files, never folders, since callers may see it; where onnxruntime looked
 * stands in the cause, which is for the log.
 */
export function providerRefusal(providers: readonly Provider[], error: unknown, said: string): ServeError {
  const text = String(error)
  const failed = providers.find(({ name }) => IN_ERRORS[name]?.test(text)) ?? (providers[0] as Provider)
  const missing = /load|library|adapter/i.test(text) ? missingLibraries(failed.name) : []
  const why = missing.length === 0 ? said : `onnxruntime looked for files that are not there: ${missingText(missing)}; ${howTo(missing)}`
  return new ServeError('FAILED_PRECONDITION', `${providerText(failed)} cannot be used: ${why}`, {
    cause: missing.length === 0 ? error : new Error(`${text}. ${whereLooked(missing)}`),
  })
}

const howTo = (missing: readonly Library[]) => `to install them, ${installSteps(missing).join('; ')}`
