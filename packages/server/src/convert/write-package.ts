/** The package that a conversion makes: version folder, manifest and golden examples with the answers of the original. */
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MANIFEST_FILE } from '../models/manifest.ts'
import { writeManifest } from '../models/manifest-edit.ts'
import type { Converted } from '../models/manifest-schema.ts'
import type { ConvertAnswer } from './script.ts'

export interface PackageParts {
  /** Where model.onnx lies. */
  readonly made: string
  readonly answer: ConvertAnswer
  readonly converted: Converted
}

/** Writes a new version beside those there are; examples of an earlier conversion go. Resolves with the number of the version. */
export async function writePackage(folder: string, { made, answer, converted }: PackageParts): Promise<string> {
  const names = await readdir(folder).catch(() => [])
  const version = String(Math.max(0, ...names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number)) + 1)
  await mkdir(join(folder, version), { recursive: true })
  for (const name of await readdir(made)) if (/^model\.onnx/.test(name)) await cp(join(made, name), join(folder, version, name))
  await writeManifest(join(folder, MANIFEST_FILE), [
    ...(answer.task === 'raw' ? [] : [[['task'], answer.task] as const]),
    ...Object.entries(answer.inputs).map(([name, value]) => [['inputs', name], value] as const),
    ...Object.entries(answer.outputs).map(([name, value]) => [['outputs', name], value] as const),
    [['converted'], converted],
  ])
  const examples = join(folder, 'examples')
  await mkdir(examples, { recursive: true })
  for (const name of await readdir(examples)) if (/^converted-\d+\.json$/.test(name)) await rm(join(examples, name))
  // Where a difference was accepted, the examples hold what was accepted.
  const tolerance = converted.agrees ? converted.tolerance : Math.max(converted.tolerance, Number(converted.maxDifference))
  if (Number.isFinite(tolerance))
    for (const [index, { request, response }] of answer.examples.entries())
      await writeFile(join(examples, `converted-${index + 1}.json`), `${JSON.stringify({ request, response, tolerance }, null, 2)}\n`)
  return version
}
