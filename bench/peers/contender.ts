/** One server of the table: what it needs, how it is started for a case, and in which form it is asked. */
import { join } from 'node:path'
import type { Server } from '../servers.ts'
import type { Case } from './cases.ts'
import type { Route } from './forms.ts'

/** Where the sizes of its batches are read: counted by the peer's own handler, told by its metrics, or always one row. */
export type BatchSource = 'counted' | 'single' | { readonly rows: string; readonly runs: string }

export interface Contender {
  /** As named on the command line. */
  readonly name: string
  readonly title: string
  /** `ours` is compared with the others; `documented` and `tuned` are Python peers; `native` has a server in C++. */
  readonly kind: 'ours' | 'documented' | 'tuned' | 'native'
  /** The folder of its requirements; absent when it needs no Python. */
  readonly environment?: string
  /** The Python that its environment is made of, where the first on the PATH will not do. */
  readonly interpreter?: string
  /** The package whose version is told. */
  readonly tells?: string
  readonly batches: BatchSource
  server(from: Start): Server
  /** How it is asked, and the model's name in V2's paths. */
  route(of: Case): { readonly route: Route; readonly model: string }
}

export interface Start {
  readonly of: Case
  readonly port: number
  /** The interpreter of its environment; empty when it has none. */
  readonly python: string
  /** A folder for the counts of `shared/served.py`. */
  readonly counts: string
  readonly cores: number
}

export const PEERS = import.meta.dirname

/** What every Python peer is told. */
export function pythonEnvironment({ of, port, counts, cores }: Start): Readonly<Record<string, string>> {
  return {
    MODEL: of.file,
    PORT: String(port),
    WORKERS: String(cores),
    COUNTS: counts,
    PYTHONPATH: join(PEERS, 'shared'),
    PYTHONDONTWRITEBYTECODE: '1',
  }
}
