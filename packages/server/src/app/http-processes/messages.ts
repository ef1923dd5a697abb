/** What the supervisor and the other HTTP processes tell and ask each other. Plain data and bytes; tensors go to the replicas, never here. */
import type { ErrorCode, VersionInfo } from '@slipway/protocol'
import type { Config } from '../../config/schema.ts'
import type { Route } from '../../http/route.ts'
import type { ModelPackage } from '../../models/package.ts'
import type { ModelSettings } from '../../models/settings.ts'
import type { LogLevel } from '../../observe/logger.ts'
import type { Noted } from '../../observe/reported-metrics.ts'
import type { Execution } from '../../serving/execution.ts'
import type { PeerFigures } from '../../serving/peers.ts'
import type { Plan } from '../../serving/plan.ts'

/** First of all, to a new process. */
export interface Hello {
  readonly config: Config
  /** The supervisor is 1. */
  readonly number: number
  readonly processes: number
  readonly startedAt: string
  /** Every route there is; what a process does not answer itself is relayed. */
  readonly routes: readonly Pick<Route, 'method' | 'path'>[]
}

/** All that is needed to answer for a revision beside its replicas. */
export interface RevisionPlan {
  readonly id: number
  readonly package: ModelPackage
  readonly settings: ModelSettings
  readonly plan: Plan
  readonly execution: Execution
  readonly batching: {
    readonly on: boolean
    readonly maxRows: number
    readonly why: string
    readonly mixedShapes: boolean
    readonly ragged: boolean
  }
}

/** The whole truth; every message of it replaces the one before. */
export interface State {
  readonly ready: boolean
  readonly endpoints: readonly {
    readonly name: string
    readonly serving: number
    readonly versions: readonly (readonly [string, number])[]
  }[]
  readonly replicas: readonly { readonly id: number; readonly addresses: readonly string[]; readonly broken?: string }[]
  readonly models: readonly { readonly name: string; readonly versions: readonly VersionInfo[]; readonly whyNot?: string }[]
}

export interface ProcessFigures {
  readonly memoryBytes: number
  readonly cpuSeconds: number
  readonly connections: number
  /** Inference requests since it was started. */
  readonly asked: number
}

/** What happened since the last report. */
export interface Report {
  readonly revisions: readonly ({ readonly id: number; readonly noted: readonly Noted[] } & PeerFigures)[]
  readonly process: ProcessFigures
}

/** A request whose route is the supervisor's. */
export interface Relayed {
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

export interface Logged {
  readonly level: LogLevel
  readonly fields: Readonly<Record<string, unknown>>
  readonly sentence: string
}

export interface Lost {
  readonly address: string
  readonly requestIds: readonly string[]
}

export interface WhyLost {
  readonly code: ErrorCode
  readonly message: string
}
