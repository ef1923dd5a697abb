import { cpus } from 'node:os'
import { type Check, ok } from './check.ts'

/** Threads and replicas are chosen from what may really be used, not from what the machine has. */
export const processors: Check = {
  name: 'Processors',
  run: async ({ machine }) => {
    const installed = cpus().length
    const used = Number(machine.cpus.toFixed(2))
    const what = `${used} of ${installed} processors usable (${machine.cpusFrom})`
    if (machine.cpus >= 1) return ok(what)
    return {
      status: 'warning',
      what,
      why: 'With less than one processor, inference and HTTP are paused by the scheduler in turns, so that some answers are late.',
      next: 'give the container at least 1 CPU, for example: docker run --cpus 1 …',
    }
  },
}
