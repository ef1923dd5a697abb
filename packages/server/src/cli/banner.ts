/** What `serve` says once it answers: where, what, and with how much of the machine. */
import { describeSpec, type TensorSpec } from '@slipway/protocol'
import type { Service } from '../app/service.ts'
import { VERSION } from '../app/version.ts'
import { PACKAGER_NAMES } from '../config/packager.ts'
import type { PythonFacts } from '../models/facts.ts'
import type { Endpoint } from '../serving/data-plane.ts'
import type { Output } from './output.ts'

type Served = Pick<Service, 'url' | 'grpc' | 'runtime' | 'httpProcesses' | 'machine' | 'endpoints' | 'refused'>

/** `startMs` is how long it took from the start of the process. */
export function printBanner(output: Output, served: Served, startMs: number): void {
  const { line, paint } = output
  const { url, grpc, runtime, httpProcesses, machine } = served
  line()
  line(`  ${paint('bold', `Slipway ${VERSION}`)}  ${paint('cyan', url)}  ${paint('dim', `ready in ${(startMs / 1000).toFixed(2)} s`)}`)
  if (grpc !== undefined) line(`  ${paint('dim', `gRPC on ${grpc}`)}`)
  for (const endpoint of byName(served)) {
    line()
    for (const text of modelLines(output, endpoint)) line(`  ${text}`)
  }
  for (const { model, version, reason } of served.refused()) {
    line()
    line(`  ${paint('red', `${model} version ${version} is not served: ${reason}`)}`)
  }
  line()
  const cpus = Number(machine.cpus.toFixed(2))
  const found = `${count(cpus, 'CPU')} (${machine.cpusFrom}), ${(machine.memoryBytes / 1e9).toFixed(1)} GB (${machine.memoryFrom}), ${count(httpProcesses, 'HTTP process', 'HTTP processes')} on ${runtime}`
  line(`  ${paint('dim', found)}`)
  line(`  ${paint('dim', `Open ${url} to try it; Ctrl+C stops.`)}`)
  line()
}

/** The same for programs that start the server. */
export function servedDocument(served: Served): Record<string, unknown> {
  const { url, grpc, runtime, httpProcesses, machine } = served
  const models = byName(served).map(({ name, serving }) => ({
    name,
    version: serving.version,
    inputs: serving.package.inputs,
    outputs: serving.package.outputs,
    batching: serving.batching,
    plan: serving.plan,
    isolation: serving.settings.replicas.isolation,
    execution: serving.execution,
  }))
  return {
    url,
    ...(grpc === undefined ? {} : { grpc }),
    version: VERSION,
    runtime,
    httpProcesses,
    machine,
    models,
    refused: served.refused(),
  }
}

function byName(served: Served): readonly Endpoint[] {
  return served.endpoints().toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function modelLines({ paint }: Output, { name, serving }: Endpoint): readonly string[] {
  const { batching, plan, settings, execution } = serving
  const specs = (way: string, list: readonly TensorSpec[]) =>
    list.map((spec) => `  ${paint('dim', way)}  ${paint('cyan', spec.name)}  ${paint('dim', describeSpec(spec))}`)
  const inline = settings.replicas.isolation === 'inline' ? ', inside the server process' : ''
  return [
    `${paint('bold', name)}  version ${serving.version}  ${paint('dim', serving.package.task)}`,
    ...pythonLines(serving.package.python).map((text) => `  ${paint('dim', text)}`),
    ...specs('in ', serving.package.inputs),
    ...specs('out', serving.package.outputs),
    `  ${count(plan.replicas, 'replica')} × ${count(plan.threads, 'thread')}${inline}  ${paint('dim', plan.why)}`,
    ...(execution.fallback === undefined
      ? []
      : [`  ${paint('yellow', `runs by ${execution.provider}, not by ${execution.wanted}: ${execution.fallback}`)}`]),
    `  ${batching.on ? `batches of up to ${batching.maxRows} rows` : 'not batched'}  ${paint('dim', batching.why)}`,
  ]
}

/** What a Python model is, in one line. */
function pythonLines(python: PythonFacts | undefined): readonly string[] {
  if (python === undefined) return []
  const { packager, entry, environment, from } = python
  const signature = from.inputs === from.outputs ? from.inputs : `${from.inputs} and ${from.outputs}`
  return [
    `${PACKAGER_NAMES[packager]}, ${entry}, Python ${environment.pythonVersion} in environment ${environment.id}; signature from ${signature}`,
  ]
}

/** `1 replica`, `2 replicas`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`
}
