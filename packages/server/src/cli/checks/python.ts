import { toolVariables } from '../../config/load.ts'
import { findInterpreter, hasVenv, type Interpreter, NoInterpreter, onPath } from '../../environments/interpreter.ts'
import { type Check, type Finding, ok } from './check.ts'
import { type PythonProject, pythonProjects } from './python-projects.ts'

/** Whether there is a Python for every Python model, and what makes their environments. */
export const python: Check = {
  name: 'Python',
  run: async ({ paths }) => {
    const env = toolVariables()
    const projects = await pythonProjects(paths)
    if (projects.length === 0) return withoutProjects(env)
    const uv = await onPath('uv', env)
    const found = new Map<string, string[]>()
    for (const project of projects) {
      const interpreter = await findInterpreter(project.spec.python, env).catch((error: unknown) => error)
      if (interpreter instanceof NoInterpreter) return missing(project, interpreter)
      const { path, version } = interpreter as Interpreter
      if (uv === undefined && !(await hasVenv({ path, version }, env))) return withoutVenv(project, { path, version })
      found.set(version, [...(found.get(version) ?? []), project.model])
    }
    const by = uv === undefined ? 'venv and pip' : 'uv'
    return ok(`${[...found].map(([version, models]) => `${version} for ${models.join(', ')}`).join('; ')}; environments by ${by}`)
  },
}

async function withoutProjects(env: Readonly<Record<string, string>>): Promise<Finding> {
  const there = await findInterpreter(undefined, env).catch(() => undefined)
  return ok(there === undefined ? 'none, and no model needs it' : `${there.version}; no model needs it`)
}

const missing = ({ model }: PythonProject, { what, mend }: NoInterpreter): Finding => ({
  status: 'failed',
  what: `${model} cannot be served`,
  why: `${what}.`,
  next: mend,
})

const withoutVenv = ({ model }: PythonProject, { path, version }: Interpreter): Finding => ({
  status: 'failed',
  what: `${model} cannot be served: Python ${version} lacks the module venv`,
  why: `${path} cannot make environments, and there is no uv.`,
  next: `apt install python${version.split('.').slice(0, 2).join('.')}-venv    (Debian; elsewhere install uv)`,
})
