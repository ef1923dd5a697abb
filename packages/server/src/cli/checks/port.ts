import { createServer } from 'node:net'
import { type Check, ok } from './check.ts'

export const port: Check = {
  name: 'Port',
  run: async ({ config }) => {
    const { host, port: wanted } = config instanceof Error ? { host: '127.0.0.1', port: 8080 } : config.config
    const problem = await bind(host, wanted)
    if (problem === undefined) return ok(wanted === 0 ? `${host} can be listened on` : `${host}:${wanted} is free`)
    if (problem.code === 'EADDRINUSE') {
      return {
        status: 'failed',
        what: `${host}:${wanted} is taken`,
        why: 'Another program listens there, perhaps a Slipway that already runs.',
        next: `slipway serve --port ${wanted + 1 > 65_535 ? 0 : wanted + 1}`,
      }
    }
    const privileged = problem.code === 'EACCES'
    return {
      status: 'failed',
      what: `${host}:${wanted} cannot be listened on`,
      why: privileged ? 'This user may not listen on a port that low.' : `${problem.message}.`,
      next: privileged ? 'slipway serve --port 8080' : 'slipway serve --host 127.0.0.1',
    }
  },
}

function bind(host: string, wanted: number): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', resolve)
    server.listen({ host, port: wanted, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}
