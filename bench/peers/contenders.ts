/** Everyone who is measured, in the order in which they stand in the table. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../../scripts/workspace.ts'
import type { Case } from './cases.ts'
import { type Contender, PEERS, pythonEnvironment, type Start } from './contender.ts'
import type { Route } from './forms.ts'

const BUN = join(ROOT, 'node_modules', '@oven', 'bun-linux-x64', 'bin', 'bun')
const SLIPWAY = join(ROOT, 'packages', 'server', 'src', 'cli', 'main.ts')
/** Where Slipway keeps what it measured of a model, so that its next start begins with it. */
export const PLANS = join(ROOT, 'bench', '.results', 'plans')
const HEAVY_START_MS = 60_000

/**
 * The interpreter in Triton's wheel is of an early 3.11 and does not run the library of a later one (from 3.11.7 on, multiprocessing asks its
 * locks what that interpreter cannot tell); Debian's is early enough.
 */
const SYSTEM_PYTHON = '/usr/bin/python3'

const isBinary = ({ sent, name }: Case): boolean => sent === 'binary' && name !== 'bert6'
const v2Route = (of: Case): Route => ({ form: of.sent === 'binary' ? 'v2-binary' : 'v2-json', path: '' })

function slipway(name: string, title: string, runtime: string, flags: readonly string[]): Contender {
  return {
    name,
    title,
    kind: 'ours',
    batches: { rows: 'slipway_run_rows_sum', runs: 'slipway_run_rows_count' },
    server: ({ of, port }) => ({
      name: title,
      command: [runtime, SLIPWAY, 'serve', of.path, '--port', String(port), '--grpc-port', 'off', ...flags],
      port,
      // The same rows are sent again and again, and nobody may answer them from memory.
      env: { SLIPWAY_CACHE_MAXBYTES: 'off', SLIPWAY_REPLICAS_PLANFOLDER: PLANS },
    }),
    route: (of) => ({ route: v2Route(of), model: of.model }),
  }
}

type PythonPeer = Pick<Contender, 'name' | 'title' | 'kind' | 'tells' | 'batches' | 'interpreter'> & {
  readonly environment: string
  command(from: Start): readonly string[]
  env?(from: Start): Readonly<Record<string, string>>
  route(of: Case): Route
}

/** A peer that runs in its folder, on the interpreter of its environment. */
function pythonPeer(peer: PythonPeer): Contender {
  const { command, env, route, ...told } = peer
  return {
    ...told,
    server: (from) => ({
      name: peer.title,
      command: [from.python, ...command(from)],
      port: from.port,
      cwd: join(PEERS, peer.environment),
      env: { ...pythonEnvironment(from), ...env?.(from) },
      startLimitMs: HEAVY_START_MS,
    }),
    route: (of) => ({ route: route(of), model: 'model' }),
  }
}

const lists: Route = { form: 'named-lists', path: '/predict' }
const octets: Route = { form: 'octets', path: '/predict-octets' }

function uvicorn(app: string, extra: readonly string[]): PythonPeer['command'] {
  return ({ port, cores }) => [
    '-m',
    'uvicorn',
    `${app}:app`,
    '--workers',
    String(cores),
    '--port',
    String(port),
    '--no-access-log',
    ...extra,
  ]
}

function bentoRoute(of: Case): Route {
  if (of.name === 'bert6') return { form: 'named-lists', path: '/predict_tokens', at: [] }
  return isBinary(of) ? { form: 'file', path: '/predict_file', at: [] } : { form: 'rows', path: '/predict' }
}

const PYTHON: readonly PythonPeer[] = [
  {
    name: 'fastapi',
    title: 'FastAPI, as documented',
    kind: 'documented',
    environment: 'fastapi',
    tells: 'fastapi',
    batches: 'single',
    command: uvicorn('documented', []),
    route: (of) => (isBinary(of) ? { form: 'file', path: '/predict-file' } : lists),
  },
  {
    name: 'fastapi-tuned',
    title: 'FastAPI, tuned by hand',
    kind: 'tuned',
    environment: 'fastapi',
    tells: 'uvicorn',
    batches: 'single',
    command: uvicorn('tuned', ['--loop', 'uvloop', '--http', 'httptools']),
    route: (of) => (isBinary(of) ? octets : lists),
  },
  {
    name: 'flask',
    title: 'Flask + gunicorn',
    kind: 'documented',
    environment: 'flask',
    tells: 'gunicorn',
    batches: 'single',
    command: ({ port, cores }) => ['-m', 'gunicorn', '-w', String(2 * cores + 1), '-b', `127.0.0.1:${port}`, 'service:app'],
    route: (of) => (isBinary(of) ? octets : lists),
  },
  {
    name: 'litserve',
    title: 'LitServe',
    kind: 'documented',
    environment: 'litserve',
    tells: 'litserve',
    batches: 'counted',
    command: () => ['service.py'],
    route: (of) => (isBinary(of) ? { form: 'base64', path: '/predict' } : lists),
  },
  {
    name: 'mlserver',
    title: 'MLServer',
    kind: 'documented',
    environment: 'mlserver',
    tells: 'mlserver',
    batches: 'counted',
    command: () => ['start.py'],
    env: ({ of }) => ({ PYTHONPATH: `${join(PEERS, 'shared')}:${join(PEERS, 'mlserver')}`, JOIN: of.name === 'bert6' ? 'no' : 'yes' }),
    route: () => ({ form: 'v2-json', path: '' }),
  },
  {
    name: 'bentoml',
    title: 'BentoML',
    kind: 'documented',
    environment: 'bentoml',
    tells: 'bentoml',
    batches: 'counted',
    command: ({ port }) => ['-m', 'bentoml', 'serve', 'service:Model', '--host', '127.0.0.1', '--port', String(port)],
    env: () => ({ BENTOML_DO_NOT_TRACK: 'True' }),
    route: bentoRoute,
  },
  {
    name: 'rayserve',
    title: 'Ray Serve',
    kind: 'documented',
    environment: 'rayserve',
    tells: 'ray',
    batches: 'counted',
    command: () => ['service.py'],
    env: () => ({ RAY_USAGE_STATS_ENABLED: '0' }),
    route: (of) => (isBinary(of) ? { form: 'octets', path: '/' } : { form: 'named-lists', path: '/' }),
  },
  {
    name: 'triton',
    title: 'Triton (PyTriton’s wheel)',
    kind: 'native',
    environment: 'triton',
    ...(existsSync(SYSTEM_PYTHON) ? { interpreter: SYSTEM_PYTHON } : {}),
    tells: 'nvidia-pytriton',
    batches: 'counted',
    command: () => ['service.py'],
    env: ({ python }) => ({ PATH: `${dirname(python)}:${process.env.PATH}` }),
    route: v2Route,
  },
]

/** Peers that were looked for and cannot be had from a package registry; the table names them. */
export const NOT_INSTALLABLE: readonly { readonly title: string; readonly reason: string }[] = [
  {
    title: 'Triton with its onnxruntime backend',
    reason: 'the wheel carries tritonserver with the Python backend alone; the other backends come in container images',
  },
  {
    title: 'OpenVINO Model Server, TensorFlow Serving, TorchServe’s C++ backend',
    reason: 'no package of PyPI, npm or Debian carries the server',
  },
]

export function allContenders(cores: number): readonly Contender[] {
  const ours = [slipway('node', 'Slipway on Node', process.execPath, [])]
  if (existsSync(BUN)) ours.push(slipway('bun', 'Slipway on Bun', BUN, []))
  if (hasHttpWorkers())
    ours.push(slipway('node-workers', 'Slipway on Node, --http-workers', process.execPath, ['--http-workers', String(cores)]))
  return [...ours, ...PYTHON.map(pythonPeer)]
}

/** True when this version can be given several HTTP processes. */
const hasHttpWorkers = (): boolean => /SLIPWAY_HTTP_?WORKERS/.test(readFileSync(join(ROOT, 'docs', 'config.md'), 'utf8'))
