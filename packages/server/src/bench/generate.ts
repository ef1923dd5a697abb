/** The program of the load generator's process: takes the path of a plan, prints each window as a line of JSON. */
import { readFile } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { systemClock } from '../base/clock.ts'
import { Generator } from './generator.ts'
import { grpcConnector } from './grpc-connection.ts'
import { httpConnector } from './http-connection.ts'
import type { LoadPlan } from './load-plan.ts'

const plan = JSON.parse(await readFile(process.argv[2] as string, 'utf8')) as LoadPlan
const { origin, transport, requests } = plan

let loop = performance.eventLoopUtilization()
let cpu = process.cpuUsage()
let startedAt = systemClock.monotonic()

function usage() {
  const [loopBefore, cpuBefore, before] = [loop, cpu, startedAt]
  loop = performance.eventLoopUtilization()
  cpu = process.cpuUsage()
  startedAt = systemClock.monotonic()
  const cpuSeconds = (cpu.user + cpu.system - cpuBefore.user - cpuBefore.system) / 1e6
  const { utilization } = performance.eventLoopUtilization(loop, loopBefore)
  const seconds = (startedAt - before) / 1000
  // Bun does not measure its loop: there the processor time stands for it.
  return { cpuSeconds, loopBusy: process.versions.bun === undefined ? utilization : seconds > 0 ? Math.min(1, cpuSeconds / seconds) : 0 }
}

const connector = transport === 'grpc' ? grpcConnector(origin, requests[0]?.path ?? '', systemClock) : httpConnector(origin, systemClock)
const generator = new Generator(plan, {
  clock: systemClock,
  connector,
  usage,
  onWindow: (window) => void process.stdout.write(`${JSON.stringify(window)}\n`),
})
await generator.run()
process.exit(0)
