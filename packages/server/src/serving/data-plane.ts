/** The one owner of the route table: which revision answers for a model and a version. A table is never changed, only replaced. */
import { type InferRequest, type InferResponse, quoted, ServeError } from '@slipway/protocol'
import type { CallContext } from './infer.ts'
import type { Revision } from './revision.ts'

export interface Endpoint {
  readonly name: string
  /** Answers when no version is named: the newest that is ready. */
  readonly serving: Revision
  readonly versions: ReadonlyMap<string, Revision>
}

export type RouteTable = ReadonlyMap<string, Endpoint>

export interface DataPlane {
  readonly table: RouteTable
  /** Everything asked from now on goes by the new table; what is under way ends where it began. */
  apply(table: RouteTable): void
  /** Throws NOT_FOUND, with the names there are, and UNAVAILABLE for a model that is known but does not answer. */
  revision(model: string, version: string | undefined): Revision
  /** The model of a route that names none: the configured one, else the only one. Throws INVALID_ARGUMENT with the names there are. */
  defaultModel(): string
  infer(request: InferRequest, context: CallContext): Promise<InferResponse>
}

const MOST_LISTED = 20

function listed(names: Iterable<string>): string {
  const all = [...names]
  if (all.length === 0) return 'none'
  return all.slice(0, MOST_LISTED).join(', ') + (all.length > MOST_LISTED ? ` and ${all.length - MOST_LISTED} more` : '')
}

/** `whyNot` says of a model that is not in the table, but is known, why it does not answer; `applied` is called after each new table. */
export function createDataPlane(
  whyNot: (model: string) => string | undefined,
  configured?: string,
  applied: () => void = () => undefined,
): DataPlane {
  let table: RouteTable = new Map()
  const revision = (model: string, version: string | undefined): Revision => {
    const endpoint = table.get(model)
    const reason = endpoint === undefined ? whyNot(model) : undefined
    if (reason !== undefined) throw new ServeError('UNAVAILABLE', `model ${quoted(model)} ${reason}`)
    if (endpoint === undefined)
      throw new ServeError('NOT_FOUND', `there is no model ${quoted(model)}; loaded are: ${listed([...table.keys()].sort())}`)
    if (version === undefined) return endpoint.serving
    const pinned = endpoint.versions.get(version)
    if (pinned === undefined)
      throw new ServeError(
        'NOT_FOUND',
        `model ${quoted(model)} has no loaded version ${quoted(version)}; loaded are: ${listed(endpoint.versions.keys())}`,
      )
    return pinned
  }
  return {
    get table() {
      return table
    },
    apply: (next) => {
      table = next
      applied()
    },
    revision,
    defaultModel: () => {
      if (configured !== undefined) return configured
      const [only] = table.keys()
      if (only !== undefined && table.size === 1) return only
      throw new ServeError(
        table.size === 0 ? 'UNAVAILABLE' : 'INVALID_ARGUMENT',
        `this route names no model, and there are ${table.size}: ${listed(table.keys())}; start the server with --default-model NAME, or use a route that names one`,
      )
    },
    infer: (request, context) => revision(request.model, request.version).infer(request, context),
  }
}
