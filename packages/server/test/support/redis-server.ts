/** A real Redis on a free port of this machine, that a test can stop, hang and start again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { findRedis } from '../../../../scripts/redis.ts'

export interface RedisServer {
  readonly url: string
  /** It takes connections and octets, and answers nothing, until `resume`. */
  hang(): void
  resume(): void
  /** SIGKILL; `start` begins anew, empty. */
  kill(): Promise<void>
  start(): Promise<void>
  /** A command of the inline protocol, and the first line of its answer; `$…` for a bulk. */
  command(line: string): Promise<string>
}

const PASSWORD = 'p@ss:word'

export async function startRedis(): Promise<RedisServer> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  let child: ChildProcess
  const start = async () => {
    const program = findRedis() as string
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--requirepass', PASSWORD, '--save', '', '--appendonly', 'no']
    child = spawn(program, args, { stdio: 'ignore', cwd: '/tmp' })
    for (let attempt = 0; attempt < 500; attempt++) {
      if ((await command('PING').catch(() => '')) === '+PONG') return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error('redis-server did not start')
  }
  const command = async (line: string) => {
    const socket = connect(port, '127.0.0.1')
    socket.setEncoding('latin1')
    try {
      await once(socket, 'connect')
      socket.write(`AUTH ${PASSWORD}\r\n`)
      await once(socket, 'data')
      socket.write(`${line}\r\n`)
      const [answer] = (await once(socket, 'data')) as [string]
      return answer.split('\r\n')[0] as string
    } finally {
      socket.destroy()
    }
  }
  await start()
  return {
    url: `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
    hang: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    start,
    command,
  }
}
