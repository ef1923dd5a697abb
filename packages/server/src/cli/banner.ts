/** What `serve` says once it answers: where, what, and with how much of the machine. */
import { describeSpec, type ModelInfo, type TensorSpec } from '@slipway/protocol'
import type { Machine } from '../base/machine.ts'
import type { Output } from './output.ts'

export interface Served {
  readonly url: string
  readonly version: string
  readonly models: readonly ModelInfo[]
  readonly machine: Machine
  /** Milliseconds from the start of the process. */
  readonly startMs: number
}

export function printBanner(output: Output, { url, version, models, machine, startMs }: Served): void {
  const { line, paint } = output
  line()
  line(`  ${paint('bold', `Slipway ${version}`)}  ${paint('cyan', url)}  ${paint('dim', `ready in ${(startMs / 1000).toFixed(2)} s`)}`)
  for (const model of models) {
    line()
    for (const text of modelLines(output, model)) line(`  ${text}`)
  }
  line()
  const cpus = Number(machine.cpus.toFixed(2))
  line(`  ${paint('dim', `${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'} (${machine.cpusFrom}). Playground and API at ${url}; Ctrl+C stops.`)}`)
  line()
}

function modelLines({ paint }: Output, model: ModelInfo): readonly string[] {
  const head = `${paint('bold', model.name)}  ${model.serving === undefined ? paint('red', 'not ready') : `version ${model.serving}`}`
  const failures = model.versions
    .filter(({ reason }) => reason !== undefined)
    .map(({ version, reason }) => `  ${paint('yellow', `version ${version}: ${reason}`)}`)
  if (model.serving === undefined) return [head, ...failures]
  const { replicas, threads, isolation } = model.plan
  const batching = model.batching.on ? `batches up to ${model.batching.maxRows} rows` : 'not batched'
  const why = model.batching.why === '' ? '' : `: ${model.batching.why}`
  return [
    `${head}  ${paint('dim', model.task)}`,
    ...specLines('in ', model.inputs),
    ...specLines('out', model.outputs),
    `  ${batching}${paint('dim', why)}`,
    `  ${count(replicas, 'replica')} × ${count(threads, 'thread')}${isolation === 'inline' ? ', inside the server process' : ''}`,
    ...failures,
  ]

  function specLines(label: string, specs: readonly TensorSpec[]): string[] {
    return specs.map((spec) => `  ${paint('dim', label)}  ${paint('cyan', spec.name)}  ${paint('dim', describeSpec(spec))}`)
  }
}

export function count(number: number, noun: string): string {
  return `${number} ${number === 1 ? noun : noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`}`
}
