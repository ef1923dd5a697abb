/** A runtime without a model, for tests of everything around one: answers its inputs under the outputs' names. */
import { ServeError, type Tensors } from '@slipway/protocol'
import type { Runtime, RuntimeOptions, Session } from './runtime.ts'

/** The file's text says how to behave: `echo`, `fail`, `throw`, `exit` (the process ends on the first run), `slow MS` (blocks as a real run does), `hang`. */
export const echoRuntime: Runtime = {
  name: 'echo',
  async open(modelPath: string, { signature }: RuntimeOptions): Promise<Session> {
    const { readFile } = await import('node:fs/promises')
    const [behaviour = 'echo', value = '0'] = (await readFile(modelPath, 'utf8')).trim().split(' ')
    if (behaviour === 'refuse') throw new ServeError('FAILED_PRECONDITION', 'this model refuses to open')
    return {
      async run(inputs: Tensors): Promise<Tensors> {
        if (behaviour === 'exit') process.exit(3)
        if (behaviour === 'fail') throw new ServeError('INVALID_ARGUMENT', 'this model fails every run')
        if (behaviour === 'throw') throw new TypeError('secret of /model')
        if (behaviour === 'hang') block(Number.MAX_SAFE_INTEGER)
        if (behaviour === 'slow') block(Number(value))
        const given = [...inputs.values()]
        return new Map(signature.outputs.map((output, index) => [output.name, given[index % given.length] as (typeof given)[number]]))
      },
      close: async () => undefined,
    }
  },
}

/** Blocks the thread without burning the core. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Math.min(ms, 2 ** 31 - 1))
}
