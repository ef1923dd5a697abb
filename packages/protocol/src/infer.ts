/** The neutral request and answer of inference: every dialect decodes to it, every layer passes it on. */
import type { Tensors } from './tensor.ts'

export type ParameterValue = string | number | boolean | bigint
export type Parameters = ReadonlyMap<string, ParameterValue>

export interface RequestedOutput {
  readonly name: string
  readonly parameters?: Parameters
}

/** A body as it came, with the types that its sender named. */
export interface WholeBody {
  readonly bytes: Uint8Array
  readonly contentType: string
  readonly accept: string
}

export interface InferRequest {
  readonly model: string
  /** A version to pin; without it the endpoint's traffic decides. */
  readonly version?: string
  /** The caller's own id, echoed in the answer. */
  readonly id?: string
  readonly inputs: Tensors
  /** In place of `inputs`, which are empty then, for a model that reads bodies itself. */
  readonly body?: WholeBody
  /** The outputs wanted, in this order; all of them when absent. */
  readonly outputs?: readonly RequestedOutput[]
  readonly parameters?: Parameters
}

/** Milliseconds spent in each phase of one request. */
export interface Phases {
  decode?: number
  /** Looking the answer up, or waiting for a run that another request had started. */
  cache?: number
  /** Waiting for a replica. */
  queue?: number
  /** Gathering rows into one run. */
  batch?: number
  /** Between this process and the replica, both ways. */
  transport?: number
  /** Pre-processing in the worker, such as decoding an image. */
  transform?: number
  infer?: number
  encode?: number
}

/** hit: kept from before; coalesced: from the run of an equal request; miss: run and kept; off: not looked up. */
export type CacheResult = 'hit' | 'coalesced' | 'miss' | 'off'

export interface InferResponse {
  readonly model: string
  readonly version: string
  readonly outputs: Tensors
  readonly parameters?: Parameters
  /** The request's own id. */
  readonly id?: string
  readonly phases: Phases
  /** Rows that the request asked for. */
  readonly rows: number
  /** Rows in the run that answered this request, its own among them. */
  readonly batchRows: number
  /** Where a cache stands before the model. */
  readonly cache?: CacheResult
}
