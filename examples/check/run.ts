/** Every golden example of every model of this folder, against what it should give. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Example } from '../../packages/server/src/models/examples.ts'
import { closePackage, type ModelPackage, openPackage } from '../../packages/server/src/models/package.ts'
import { findPackages } from '../../packages/server/src/models/repository.ts'
import { differences, type JsonOutput, outputsOf } from './outputs.ts'

/** Something that answers the examples of one model. */
export interface Ask {
  answer(example: Example): Promise<readonly JsonOutput[]>
  close(): Promise<void>
}

export interface Finding {
  readonly model: string
  readonly example: string
  /** Empty when the answer is right. */
  readonly wrong: readonly string[]
}

export interface CheckOptions {
  /** A model file, a package, a repository or a project. */
  readonly path: string
  open(model: ModelPackage): Ask | Promise<Ask>
}

/** One finding for each example, and one for each warning of a package, since a broken example is only that to a server. */
export async function checkExamples({ path, open }: CheckOptions): Promise<readonly Finding[]> {
  const privateFolder = await mkdtemp(join(tmpdir(), 'slipway-check-'))
  try {
    const findings: Finding[] = []
    for (const found of await findPackages([path]))
      for (const version of found.versions) {
        const model = await openPackage(found, version, { privateFolder })
        findings.push(...(await checkModel(model, open)))
        await closePackage(model)
      }
    return findings
  } finally {
    await rm(privateFolder, { recursive: true, force: true })
  }
}

async function checkModel(model: ModelPackage, open: CheckOptions['open']): Promise<readonly Finding[]> {
  const findings = model.warnings.map((warning): Finding => ({ model: model.name, example: 'package', wrong: [warning] }))
  if (model.examples.length === 0) findings.push({ model: model.name, example: 'package', wrong: ['there is no golden example'] })
  const ask = await open(model)
  for (const example of model.examples) findings.push({ model: model.name, example: example.name, wrong: await checkExample(ask, example) })
  await ask.close()
  return findings
}

async function checkExample(ask: Ask, example: Example): Promise<readonly string[]> {
  try {
    return differences(outputsOf(example.response), await ask.answer(example), example.tolerance)
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}
