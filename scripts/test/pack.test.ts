/** The tarballs in an empty folder, as somebody meets them who has no clone. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { runCommand } from '../command.ts'
import { packAll } from '../packing.ts'
import { needs } from '../requirement.ts'
import { findBun, findOldNode } from '../runtimes.ts'
import { inRoot } from '../workspace.ts'

const MODEL = inRoot('packages', 'server', 'test', 'fixtures', 'conformance', 'echo.onnx')
const INSTALL_LIMIT_MS = 4 * 60_000
const READY_LIMIT_MS = 30_000

const PROGRAM = `
import { Slipway } from '@slipway/client'
const slipway = new Slipway(process.argv[2])
const { y } = await slipway.model('echo').predict({ x: { datatype: 'FP32', shape: [1, 4], data: [1, 2.5, -3, 0.125] } })
console.log(JSON.stringify([...y.data]))
`
const TYPED_PROGRAM = `
import { Slipway } from '@slipway/client'
import { ServeError, type Tensor } from '@slipway/protocol'
const slipway = new Slipway('http://127.0.0.1:8080', { deadlineMs: 1000 })
export const answer = slipway.model('echo').predict({ x: [[1, 2]] })
export const error: Error = new ServeError('INTERNAL', 'x')
export type Mine = Tensor
// @ts-expect-error a deadline is a number
new Slipway('http://127.0.0.1:8080', { deadlineMs: 'soon' })
`

describe('the packed tarballs in an empty folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-packed-'))
  let server: ChildProcess | undefined
  let url = ''
  let printed = ''

  before(async () => {
    const tarballs = await packAll()
    assert.equal(tarballs.length, 4)
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }))
    cpSync(MODEL, join(folder, 'echo.onnx'))
    writeFileSync(join(folder, 'program.js'), PROGRAM)
    // Without scripts: onnxruntime-node's would fetch GPU libraries from outside the registry.
    const npm = ['npm', 'install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs] as const
    await runCommand([...npm], { cwd: folder, timeoutMs: INSTALL_LIMIT_MS })
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    server = serve(folder, port, (text) => {
      printed += text
    })
    await untilReady(url, server, () => printed)
  })

  after(async () => {
    if (server !== undefined && server.exitCode === null) {
      server.kill('SIGTERM')
      await once(server, 'exit')
    }
    rmSync(folder, { recursive: true, force: true })
  })

  test('npx slipway serve answers a V2 inference', async () => {
    const body = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }] }
    const answer = await fetch(`${url}/v2/models/echo/infer`, { method: 'POST', body: JSON.stringify(body) })
    const { outputs } = (await answer.json()) as { outputs: readonly [{ data: readonly number[] }] }
    assert.deepEqual(outputs[0].data, [1, 2, 3, 4])
  })

  test('the playground came along', async () => {
    const page = await fetch(url, { headers: { accept: 'text/html' } })
    assert.equal(page.status, 200)
    assert.match(await page.text(), /<script type="module"/)
  })

  test('the worker for Python models came along', () => {
    assert.ok(existsSync(join(folder, 'node_modules', '@slipway', 'server', 'python', 'slipway_worker.py')))
  })

  test('the types serve a strict TypeScript program', async () => {
    writeFileSync(join(folder, 'typed.ts'), TYPED_PROGRAM)
    const options = [
      '--strict',
      '--noEmit',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--lib',
      'es2024,esnext.disposable,dom,dom.iterable',
      '--types',
      '',
    ]
    await runCommand([inRoot('node_modules', '.bin', 'tsc'), ...options, 'typed.ts'], { cwd: folder })
  })

  const runs = async (binary: string) => {
    const output = await runCommand([binary, 'program.js', url], { cwd: folder, timeoutMs: 30_000 })
    assert.deepEqual(JSON.parse(output), [1, 2.5, -3, 0.125])
  }
  test('the client runs on Node 24', () => runs(process.execPath))
  test('the client runs on an older Node', needs('old node'), () => runs(findOldNode() as string))
  test('the client runs on Bun', needs('bun'), () => runs(findBun() as string))

  test('SIGTERM ends the server with exit code 0', async () => {
    server?.kill('SIGTERM')
    const [code] = server?.exitCode === null ? await once(server, 'exit') : [server?.exitCode]
    assert.equal(code, 0, printed)
  })
})

/** The command as npx starts it, on the machine's oldest Node, which must find the newer one that came with the packages. */
function serve(folder: string, port: number, onText: (text: string) => void): ChildProcess {
  const node = findOldNode() ?? process.execPath
  const command = join(folder, 'node_modules', '.bin', 'slipway')
  const child = spawn(node, [command, 'serve', 'echo.onnx', '--port', String(port), '--grpc-port', '0'], {
    cwd: folder,
    env: { ...process.env, PATH: [dirname(node), process.env.PATH].join(':') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => onText(chunk.toString()))
  return child
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }
  listener.close()
  await once(listener, 'close')
  return port
}

async function untilReady(url: string, server: ChildProcess, printed: () => string): Promise<void> {
  const startedAt = performance.now()
  while (performance.now() - startedAt < READY_LIMIT_MS && server.exitCode === null) {
    const ready = await fetch(`${url}/v2/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    )
    if (ready) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`slipway serve is not ready:\n${printed()}`)
}
