import { run } from '../../base/process.ts'
import { type Check, type Finding, ok } from './check.ts'
import { pythonProjects } from './python-projects.ts'

const ASK_MS = 10_000

/** Packages of the operating system that Python projects name and that no environment brings. */
export const systemPackages: Check = {
  name: 'System packages',
  run: async ({ paths }) => {
    const projects = await pythonProjects(paths)
    const named = new Map<string, string[]>()
    for (const { model, spec } of projects)
      for (const name of spec.systemPackages ?? []) named.set(name, [...(named.get(name) ?? []), model])
    if (named.size === 0) return ok('no model names one')
    const states = await Promise.all([...named.keys()].map(async (name) => [name, await isInstalled(name)] as const))
    const missing = states.filter(([, installed]) => installed === false).map(([name]) => name)
    if (missing.length > 0) return lacking(missing, named)
    if (states.some(([, installed]) => installed === 'unknown')) return unknown([...named.keys()])
    return ok(`${[...named.keys()].join(', ')} installed`)
  },
}

async function isInstalled(name: string): Promise<boolean | 'unknown'> {
  return run('dpkg-query', ['--status', '--', name], ASK_MS).then(
    ({ stdout }) => /^Status: .* installed$/m.test(stdout),
    (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? 'unknown' : false),
  )
}

const lacking = (missing: readonly string[], named: ReadonlyMap<string, readonly string[]>): Finding => ({
  status: 'warning',
  what: `not installed: ${missing.join(', ')}`,
  why: `${[...new Set(missing.flatMap((name) => named.get(name) ?? []))].join(', ')} may fail to import without; Slipway never installs packages of the system.`,
  next: `apt install ${missing.join(' ')}`,
})

const unknown = (names: readonly string[]): Finding => ({
  status: 'warning',
  what: `cannot tell whether ${names.join(', ')} are installed`,
  why: 'The names are those of Debian, and there is no dpkg here.',
  next: 'install what brings them with the packages of this system',
})
