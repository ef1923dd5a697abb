/** What `slipway doctor` looks at, in the order it tells. */
import type { Check } from './check.ts'
import { configuration } from './configuration.ts'
import { cuda } from './cuda.ts'
import { engine } from './engine.ts'
import { memory } from './memory.ts'
import { models } from './models.ts'
import { onnxruntime } from './onnxruntime.ts'
import { openFiles } from './open-files.ts'
import { playground } from './playground.ts'
import { port } from './port.ts'
import { processors } from './processors.ts'
import { providers } from './providers.ts'
import { python } from './python.ts'
import { sharp } from './sharp.ts'
import { sockets } from './sockets.ts'
import { systemPackages } from './system-packages.ts'

export const checks: readonly Check[] = [
  engine,
  onnxruntime,
  providers,
  sharp,
  processors,
  memory,
  openFiles,
  sockets,
  configuration,
  python,
  cuda,
  systemPackages,
  models,
  port,
  playground,
]
