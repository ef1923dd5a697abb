// Finds a Node that runs TypeScript from source (24 or newer): this one, one on the PATH, or the one that came with the packages.
// Plain JavaScript that Node 20 understands, since it may be what starts it.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import nodeModule, { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = 24
const major = (version) => Number(version.replace(/^v/, '').split('.')[0])
const require = createRequire(import.meta.url)

/** Stripping and compiling the sources takes a tenth of a second at each start; kept beside the packages, where nobody else writes, not in the shared temporary folder. */
const CACHE = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url))

function bundled() {
  for (const name of [
    `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`,
    `node-bin-${process.platform}-${process.arch}`,
  ]) {
    try {
      const binary = join(dirname(require.resolve(`${name}/package.json`)), 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
      if (existsSync(binary)) return binary
    } catch {
      // Not installed on this platform.
    }
  }
  return undefined
}

function onPath() {
  try {
    const version = execFileSync('node', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return major(version.trim()) >= NEEDED ? 'node' : undefined
  } catch {
    return undefined
  }
}

/**
 * A server for long: V8 would let its young objects take 64 MB for a few percent of speed, and malloc keep an arena for each thread. Neither
 * can be set from inside, so the process is replaced by one that has them: the same id, the same streams. The old generation begins large,
 * since bodies count against it: with V8's own beginning every tenth picture set off a full collection.
 */
const LEAN = {
  flags: ['--max-semi-space-size=8', '--initial-old-space-size=128', '--disable-warning=ExperimentalWarning'],
  env: { MALLOC_ARENA_MAX: '2' },
}

function replaceByLean(script, args) {
  if (args[0] !== 'serve' || process.execve === undefined || process.env.SLIPWAY_LAUNCHER !== undefined || process.channel) return
  const env = { ...LEAN.env, NODE_COMPILE_CACHE: CACHE, ...process.env, SLIPWAY_LAUNCHER: '1' }
  process.execve(process.execPath, [process.argv0, ...LEAN.flags, ...process.execArgv, script, ...args], env)
}

/** Imports `script` when this process can run it, else runs it in a newer Node with the same arguments, signals and exit code. */
export async function runModern(script, args) {
  if (process.versions.bun !== undefined || major(process.version) >= NEEDED) {
    replaceByLean(script, args)
    if (process.env.NODE_COMPILE_CACHE === undefined) nodeModule.enableCompileCache?.(CACHE)
    process.argv = [process.argv[0], script, ...args]
    await import(new URL(`file://${script}`).href)
    return
  }
  const node = bundled() ?? onPath()
  if (node === undefined) {
    process.stderr.write(
      `Slipway needs Node ${NEEDED} or newer; this is ${process.version} and no newer one was found.\nRun "npm ci" in the project again (it brings one), or install Node ${NEEDED}.\n`,
    )
    process.exit(1)
  }
  // The channel lets the newer process notice when this one is killed outright.
  const child = spawn(node, [...LEAN.flags, script, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...LEAN.env, NODE_COMPILE_CACHE: CACHE, ...process.env, SLIPWAY_LAUNCHER: '1' },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
  child.on('error', (error) => {
    process.stderr.write(`Slipway could not start ${node}: ${error.message}\n`)
    process.exit(1)
  })
}
