/** The server that `slipway bench PATH` measures: `slipway serve` in a process of its own, on a free port, ended with the test. */
import { fileURLToPath } from 'node:url'
import { spawnChild } from '../base/process.ts'
import { toolVariables } from '../config/load.ts'
import { CommandError, EXIT } from './exit.ts'

export interface BenchServer extends AsyncDisposable {
  readonly origin: string
  readonly grpcOrigin: string | undefined
}

const LAST_LINES = 5

/** Resolves once it answers; rejects with what it said when it ends before. */
export async function startBenchServer(paths: readonly string[], config: string | undefined): Promise<BenchServer> {
  const script = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url))
  const quiet = process.versions.bun === undefined ? ['--disable-warning=ExperimentalWarning'] : []
  const flags = ['--port', '0', '--grpc-port', '0', '--json', '--log-level', 'warn', ...(config === undefined ? [] : ['--config', config])]
  const served = Promise.withResolvers<{ readonly url: string; readonly grpc?: string }>()
  const said: string[] = []
  let document = ''
  const child = await spawnChild({
    command: process.execPath,
    args: [...quiet, script, 'serve', ...paths, ...flags],
    // What a Python model's environment is found and built with.
    env: toolVariables(),
    onLine: (line, stream) => {
      if (stream === 'stderr') {
        said.push(line)
        if (said.length > LAST_LINES) said.shift()
        return
      }
      document += `${line}\n`
      // The document ends with a brace on a line of its own.
      if (line === '}') served.resolve(JSON.parse(document))
    },
  })
  void child.exited.then(({ code }) =>
    served.reject(new CommandError(EXIT.failed, `slipway serve ended with exit code ${code} before it answered: ${said.join('; ')}`)),
  )
  const { url, grpc } = await served.promise
  return {
    origin: url,
    grpcOrigin: grpc === undefined ? undefined : `http://${grpc}`,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await child.exited
    },
  }
}
