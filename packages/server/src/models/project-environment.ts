/** What the environment of a Python project has to hold, told without importing anything of it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServeError } from '@slipway/protocol'
import type { EnvironmentSpec } from '../environments/environment.ts'
import { readEnvironmentSpec } from '../environments/requirements.ts'
import { readManifest } from './manifest-file.ts'
import type { Manifest } from './manifest-schema.ts'
import { copyProject, isArchived } from './project-copy.ts'
import { type Project, projectOf } from './projects.ts'
import type { Found, FoundVersion } from './repository.ts'

export interface ProjectEnvironment {
  readonly project: Project
  readonly spec: EnvironmentSpec
}

/** Of an unpacked project. Throws INVALID_ARGUMENT with file and line for requirements that cannot be read. */
export async function projectEnvironment(folder: string, { python }: Manifest): Promise<ProjectEnvironment> {
  const found = await projectOf(folder)
  if (found === undefined) throw new ServeError('INVALID_ARGUMENT', 'the folder holds no Python project')
  const project = { ...found, packager: python.packager ?? found.packager }
  const spec = await readEnvironmentSpec(folder, project.packager)
  return { project, spec: python.version === undefined ? spec : { ...spec, python: python.version } }
}

/** Of a version on disk; an archive is unpacked aside for it. */
export async function versionEnvironment({ manifestPath }: Found, { modelPath }: FoundVersion): Promise<ProjectEnvironment> {
  const { manifest, bytes } = await readManifest(manifestPath)
  if (!(await isArchived(modelPath))) return projectEnvironment(modelPath, manifest)
  const aside = await mkdtemp(join(tmpdir(), 'slipway-'))
  try {
    const place = join(aside, 'project')
    await copyProject(modelPath, place, bytes)
    return await projectEnvironment(place, manifest)
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
}
