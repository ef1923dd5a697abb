/** Plans that were measured, kept on disk for the next start: one small file for each model, machine and set of settings. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { createDigest } from '../../base/digest.ts'
import type { Logger } from '../../observe/logger.ts'
import type { Plan } from '../plan.ts'

/** Everything that a plan was measured under; another value of any of it is another measurement. Plain JSON. */
export type PlanKey = Readonly<Record<string, string | number | null>>

const curve = z.array(z.strictObject({ rows: z.int().min(1), ms: z.number().min(0) })).max(64)
const file = z.strictObject({
  key: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  plan: z.strictObject({
    replicas: z.int().min(1).max(1024),
    threads: z.int().min(1).max(1024),
    spinning: z.boolean(),
    why: z.string().max(1000),
    curve,
  }),
})

export interface PlanStore {
  /** What was kept under the key; a file that cannot be read or used counts as none. Never rejects. */
  recall(key: PlanKey): Promise<Plan | undefined>
  /** Whole or not at all; a folder that cannot be written is logged. Never rejects. */
  keep(key: PlanKey, plan: Plan): Promise<void>
}

export function createPlanStore(folder: string, logger: Pick<Logger, 'warn' | 'debug'>): PlanStore {
  const pathOf = (key: PlanKey) => join(folder, `${createDigest().update(JSON.stringify(key)).digest('hex').slice(0, 32)}.json`)
  return {
    recall: async (key) => {
      const path = pathOf(key)
      try {
        const found = file.parse(JSON.parse(await readFile(path, 'utf8')))
        if (isDeepStrictEqual(found.key, key)) return found.plan
        logger.warn({ path }, 'a plan that was kept is of another model or machine; it is measured again')
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code !== 'ENOENT' && code !== 'ENOTDIR')
          logger.warn({ path, error }, 'a plan that was kept cannot be read; it is measured again')
      }
      return undefined
    },
    keep: async (key, plan) => {
      const path = pathOf(key)
      const draft = `${path}.${randomUUID()}`
      try {
        await mkdir(folder, { recursive: true })
        await writeFile(draft, `${JSON.stringify({ key, plan: { curve: [], ...plan } }, undefined, 2)}\n`, { flush: true })
        await rename(draft, path)
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined)
        logger.warn({ path, error }, 'a measured plan could not be kept; the next start measures again')
      }
    },
  }
}
