/** The JSON of the admin API under /api/v1, as the server writes it and the client and the web UI read it. Times are ISO 8601, durations milliseconds. */
import type { TensorSpec } from './signature.ts'
import type { Datatype } from './tensor.ts'

export type VersionState = 'loading' | 'ready' | 'draining' | 'failed'

export interface VersionInfo {
  readonly version: string
  readonly state: VersionState
  /** Why it failed, or why the version that serves is older than this one. */
  readonly reason?: string
  /** What is being done while it loads, where that takes long: building a Python environment. */
  readonly doing?: string
  /** sha256:… of the package's files. */
  readonly digest: string
  readonly loadedAt?: string
}

/** How a person gives an input: decides the playground's widget. */
export type InputKind =
  | {
      readonly kind: 'image'
      readonly channels: 1 | 3 | 4
      readonly width: number
      readonly height: number
      readonly fit: 'contain' | 'cover' | 'fill'
      readonly invert: boolean
      readonly layout: 'NCHW' | 'NHWC' | 'flat'
      /** True when strokes on a canvas are a natural way to give it. */
      readonly draw: boolean
      /** 'ink': a picture is cut to what is drawn on it before it is fitted. */
      readonly crop?: 'ink' | 'none'
    }
  | { readonly kind: 'text' }
  | {
      readonly kind: 'features'
      /** One name for each column of dimension 1, or one name for a column input. */
      readonly names: readonly string[]
      readonly ranges?: readonly { readonly min: number; readonly max: number; readonly typical: number }[]
      /** True when a row may leave a value out: NaN stands for a number that is missing. */
      readonly missing?: true
    }
  | { readonly kind: 'tensor' }

/** How an output is shown. */
export type OutputKind =
  | { readonly kind: 'scores'; readonly labels: readonly string[] }
  | { readonly kind: 'label' }
  | { readonly kind: 'tensor' }

export interface InputInfo extends TensorSpec {
  readonly as: InputKind
}
export interface OutputInfo extends TensorSpec {
  readonly as: OutputKind
}

export interface Summary {
  readonly count: number
  readonly p50: number
  readonly p99: number
}

/** Figures since the model was loaded. */
export interface ModelStats {
  readonly requests: number
  readonly failures: number
  readonly rows: number
  readonly runs: number
  /** Requests per second over the last ten seconds. */
  readonly perSecond: number
  readonly latency: Summary
  readonly phases: Readonly<Record<string, Summary>>
  readonly queueRows: number
  readonly replicas: { readonly ready: number; readonly wanted: number; readonly crashes: number; readonly killed: number }
  /** Runs by the number of rows in them. */
  readonly batchRows: readonly { readonly rows: number; readonly runs: number }[]
}

/** The response cache of a version. */
export interface CacheInfo {
  /** False too while it does not pay. */
  readonly on: boolean
  readonly why: string
  readonly maxBytes: number
  readonly ttlMs: number
  readonly bytes: number
  readonly entries: number
  /** Answers that had to make room. */
  readonly evictions: number
  /** Requests by how they were answered; they add up to all that reached the cache. */
  readonly requests: { readonly hit: number; readonly coalesced: number; readonly miss: number; readonly off: number }
  /** What all servers share, where one is set. */
  readonly redis?: {
    readonly state: 'ready' | 'connecting' | 'broken'
    readonly hit: number
    readonly miss: number
    readonly error: number
  }
}

export interface PythonInfo {
  /** Whose layout the project is in: slipway, sagemaker, truss, cog, mlflow or bentoml. */
  readonly packager: string
  /** What is called, such as `model.py:predict`. */
  readonly entry: string
  /** Of the isolated environment that it runs in. */
  readonly environment: { readonly id: string; readonly pythonVersion: string; readonly source: string }
  /** Where its signature was found: type hints, its packager's own description, the manifest or the first example. */
  readonly signatureFrom: { readonly inputs: string; readonly outputs: string }
}

export interface ModelInfo {
  readonly name: string
  /** The version that answers when none is named; absent while none is ready. */
  readonly serving?: string
  readonly versions: readonly VersionInfo[]
  readonly task: string
  readonly description: string
  readonly inputs: readonly InputInfo[]
  readonly outputs: readonly OutputInfo[]
  readonly metrics: Readonly<Record<string, number>>
  readonly batching: {
    readonly on: boolean
    readonly maxRows: number
    readonly why: string
    /** What runs were seen to take on a replica (ms), by rows of the usual size; ascending. */
    readonly learned: readonly { readonly rows: number; readonly ms: number }[]
  }
  readonly plan: {
    readonly replicas: number
    readonly threads: number
    readonly isolation: 'process' | 'inline'
    /** Where these figures come from: as configured, by the model's size, or measured. */
    readonly why: string
    /** What runs the operators, such as `cpu` or `cuda`. */
    readonly provider?: string
    /** Why that is not what the settings prefer. */
    readonly fallback?: string
  }
  readonly rewrites: readonly string[]
  /** What a Python project is run by; absent for an ONNX model. */
  readonly python?: PythonInfo
  /** Absent where none is asked for. */
  readonly cache?: CacheInfo
  readonly stats: ModelStats
}

export interface ServerInfo {
  readonly version: string
  readonly runtime: string
  readonly startedAt: string
  readonly models: readonly ModelInfo[]
}

/** A golden example of a package. */
export interface ExampleInfo {
  readonly name: string
  /** A V2 inference request, or the name of a file to be sent as the body. */
  readonly request: unknown
  /** Set when the request is a file: where to get it, and its content type. */
  readonly file?: { readonly url: string; readonly contentType: string }
  readonly response?: unknown
  readonly tolerance?: number
}

/** One row's answer of an output of kind `scores`, best first. */
export interface ScoredLabel {
  readonly label: string
  readonly score: number
}

/** The answer of POST /api/v1/models/{model}/predict. `outputs` are nested arrays in V2's JSON numbers. */
export interface PredictAnswer {
  readonly model: string
  readonly version: string
  readonly outputs: Readonly<Record<string, unknown>>
  /** For each output of kind `scores`: the labels of each row. */
  readonly labels?: Readonly<Record<string, readonly (readonly ScoredLabel[])[]>>
  readonly timing: Readonly<Record<string, number>>
  readonly batchRows: number
}

/** What a person says of an answer: it was right, it was wrong, or it was wrong and this is the right label. */
export const FEEDBACK_VERDICTS = ['right', 'wrong', 'relabelled'] as const
export type FeedbackVerdict = (typeof FEEDBACK_VERDICTS)[number]

/** A tensor as V2 writes it in JSON; `data` flat or nested. Integers past 2^53-1 are bigint where a reader keeps them exact. */
export interface TensorJson {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly data: unknown
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** What a model was asked: a V2 inference request, or the picture that was the whole request. */
export type FeedbackInput =
  | { readonly inputs: readonly TensorJson[]; readonly parameters?: Readonly<Record<string, unknown>> }
  | { readonly file: { readonly contentType: string; readonly base64: string } }

/** The body of POST /api/v1/models/{model}/feedback: an answer, and what a person says of it. */
export interface FeedbackGiven {
  /** The version that answered. */
  readonly version: string
  /** `x-request-id` of the answer. */
  readonly requestId?: string
  readonly input: FeedbackInput
  /** What the model answered, as V2 has it. */
  readonly output: { readonly outputs: readonly TensorJson[] }
  readonly verdict: FeedbackVerdict
  /** The right label: with `relabelled`, and only with it. */
  readonly label?: string
  readonly note?: string
}

/** A stored answer that a person marked. */
export interface FeedbackInfo extends FeedbackGiven {
  readonly id: string
  readonly model: string
  readonly markedAt: string
}

/** The answer of GET /api/v1/models/{model}/feedback/summary. */
export interface FeedbackSummary {
  /** Marked answers that the model may have; 0 where none are taken. */
  readonly most: number
  readonly counts: Readonly<Record<FeedbackVerdict, number>>
  /** The last few, the newest first. */
  readonly latest: readonly FeedbackInfo[]
}

/** The answer of GET /api/v1/models/{model}/feedback, the oldest first. */
export interface FeedbackPage {
  readonly entries: readonly FeedbackInfo[]
  /** For `?after=` of the next page; absent on the last. */
  readonly next?: string
}
