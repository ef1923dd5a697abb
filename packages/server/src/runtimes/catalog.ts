/** Names the runtimes; each is imported only by the process that opens a session with it. */
import { createRequire } from 'node:module'
import { ServeError } from '@slipway/protocol'
import type { Runtime } from './runtime.ts'

const RUNTIMES: Readonly<Record<string, () => Promise<Runtime>>> = {
  onnxruntime: async () => (await import('./onnx.ts')).onnxRuntime,
  echo: async () => (await import('./echo.ts')).echoRuntime,
}

export async function runtimeNamed(name: string): Promise<Runtime> {
  const open = Object.hasOwn(RUNTIMES, name) ? RUNTIMES[name] : undefined
  if (open === undefined)
    throw new ServeError('INVALID_ARGUMENT', `runtime "${name}" is not known; known are ${Object.keys(RUNTIMES).join(', ')}`)
  return open()
}

/** The engine that is installed, such as `onnxruntime 1.30.0`, without loading it. */
export function engineVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string }
  return `onnxruntime ${version}`
}
