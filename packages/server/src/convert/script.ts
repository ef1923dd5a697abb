/** Runs slipway_convert.py in the environment of a model, and reads what it tells. */
import { ServeError } from '@slipway/protocol'
import * as z from 'zod'
import { capture } from '../base/process.ts'
import type { Environment } from '../environments/environment.ts'
import { convertScript, pythonVariables } from '../environments/python-worker.ts'

export interface ConvertRequest {
  readonly kind: string
  readonly path: string
  readonly factory?: string | undefined
  readonly importFrom?: string | undefined
  /** An empty folder for model.onnx and rows.jsonl. */
  readonly out: string
  readonly data?: string | undefined
  readonly rows: number
  readonly precision: 'float' | 'double'
  readonly opset?: number | undefined
  /** Sizes of inputs that the file does not tell, such as [1, 3, 224, 224]. */
  readonly shapes?: readonly (readonly number[])[] | undefined
}

const done = z.object({
  event: z.literal('done'),
  by: z.string(),
  packages: z.record(z.string(), z.string()),
  kind: z.string(),
  task: z.string(),
  inputs: z.record(z.string(), z.unknown()),
  outputs: z.record(z.string(), z.unknown()),
  rows: z.int(),
  generated: z.boolean(),
  examples: z.array(z.object({ request: z.unknown(), response: z.unknown() })),
})
export type ConvertAnswer = Omit<z.output<typeof done>, 'event'>

const progress = z.object({ event: z.literal('progress'), step: z.int(), of: z.int(), sentence: z.string() })
const failed = z.object({ event: z.literal('error'), message: z.string(), detail: z.string().nullable() })
const event = z.discriminatedUnion('event', [done, progress, failed])

const CONVERT_MS = 60 * 60_000
const LAST_LINES = 20

export interface ScriptOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress: (sentence: string) => void
}

/** Rejects with FAILED_PRECONDITION in the script's words; the cause has the traceback. */
export async function runScript(
  environment: Environment,
  request: ConvertRequest,
  { signal, onProgress }: ScriptOptions,
): Promise<ConvertAnswer> {
  let last: z.output<typeof event> | undefined
  const ended = await capture({
    command: environment.python,
    args: ['-I', '-u', convertScript()],
    env: { ...pythonVariables(environment), PYTHONDONTWRITEBYTECODE: '1', TF_CPP_MIN_LOG_LEVEL: '3' },
    cwd: request.out,
    input: JSON.stringify(request),
    timeoutMs: CONVERT_MS,
    signal,
    onLine: (line, stream) => {
      if (stream !== 'stdout') return
      const told = eventOf(line)
      if (told?.event === 'progress') onProgress(`${told.sentence} (${told.step} of ${told.of})`)
    },
  })
  for (const line of ended.stdout.trim().split('\n')) last = eventOf(line) ?? last
  if (last?.event === 'done') return last
  if (last?.event === 'error')
    throw new ServeError('FAILED_PRECONDITION', last.message, last.detail === null ? {} : { cause: new Error(last.detail) })
  const how = ended.signal ?? `exit code ${ended.code}`
  throw new ServeError('FAILED_PRECONDITION', `the conversion ended its process (${how})\n${ended.lines.slice(-LAST_LINES).join('\n')}`)
}

/** Lines are cut where they are too long for people; those are read from the whole output instead. */
function eventOf(line: string): z.output<typeof event> | undefined {
  try {
    return event.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
