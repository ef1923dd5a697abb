/** The Python projects among what would be served, with what each asks of its environment. */
import type { EnvironmentSpec } from '../../environments/environment.ts'
import { versionEnvironment } from '../../models/project-environment.ts'
import { findPackages } from '../../models/repository.ts'

export interface PythonProject {
  readonly model: string
  readonly spec: EnvironmentSpec
}

/** Of the newest version of each model. What cannot be read is told of by the check of the models. */
export async function pythonProjects(paths: readonly string[]): Promise<readonly PythonProject[]> {
  const found = paths.length === 0 ? [] : await findPackages(paths).catch(() => [])
  const projects = await Promise.all(
    found.map(async (one) => {
      const newest = one.versions.at(-1)
      if (newest?.kind !== 'python') return undefined
      return versionEnvironment(one, newest).then(
        ({ spec }) => ({ model: one.name, spec }),
        () => undefined,
      )
    }),
  )
  return projects.filter((one) => one !== undefined)
}
