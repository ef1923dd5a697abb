/** The contract of what `slipway doctor` looks at. */
import type { Machine } from '../../base/machine.ts'
import type { LoadedConfig } from '../../config/schema.ts'

export type Finding =
  | { readonly status: 'ok'; readonly what: string }
  | {
      /** A warning works, but not as well as it could; what has failed will not work. */
      readonly status: 'warning' | 'failed'
      readonly what: string
      readonly why: string
      /** The one next command, or the one thing to do. */
      readonly next: string
    }

export interface CheckContext {
  /** What would be served, as given on the command line or by the configuration. */
  readonly paths: readonly string[]
  readonly machine: Machine
  /** How loading the configuration ended. */
  readonly config: LoadedConfig | Error
}

/** One thing that can be wrong with a machine or a project. A run that throws counts as failed. */
export interface Check {
  /** In two or three words. */
  readonly name: string
  run(context: CheckContext): Promise<Finding>
}

export const ok = (what: string): Finding => ({ status: 'ok', what })
