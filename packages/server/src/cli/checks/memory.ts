import { type Check, ok } from './check.ts'

const TIGHT_BYTES = 512e6

export const memory: Check = {
  name: 'Memory',
  run: async ({ machine }) => {
    const what = `${(machine.memoryBytes / 1e9).toFixed(1)} GB usable (${machine.memoryFrom})`
    if (machine.memoryBytes >= TIGHT_BYTES) return ok(what)
    return {
      status: 'warning',
      what,
      why: 'The server and one small model take about 300 MB; a second replica or a larger model may be killed for memory.',
      next: 'give the container at least 512 MB, for example: docker run --memory 1g …',
    }
  },
}
