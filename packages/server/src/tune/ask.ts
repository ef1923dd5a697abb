/** Requests to a revision as the server makes them of a body: read, answered, written. */
import { decodeInferRequest, type EncodedBody, encodeInferRequest, encodeInferResponse, ServeError, type Tensors } from '@slipway/protocol'
import type { Clock } from '../base/clock.ts'
import { exampleRows, generatedRows, octetsOf } from '../serving/planning/trial-rows.ts'
import type { Revision } from '../serving/revision.ts'
import type { Ask } from './load.ts'

/** Beyond this, clients send tensors as binary. */
const MOST_JSON_OCTETS = 16_384

/** One row a request: the package's examples in turn, or one that was made up and the model takes. Throws INVALID_ARGUMENT when it takes none. */
export async function createAsk(revision: Revision, clock: Clock): Promise<Ask> {
  const { package: pkg, batching } = revision
  const examples = exampleRows(pkg, batching.on)
  const rows = examples.length > 0 ? examples : [await firstTaken(revision, clock)]
  const bodies = rows.map((inputs) => ({ binary: isBinary(inputs), ...encodeInferRequest({ inputs }, { binary: isBinary(inputs) }) }))
  let next = 0
  return async () => {
    const body = bodies[next++ % bodies.length] as EncodedBody & { readonly binary: boolean }
    const { request } = decodeInferRequest(body.body, {
      model: pkg.name,
      signature: pkg.facts.signature,
      ...(body.headerLength === undefined ? {} : { headerLength: body.headerLength }),
    })
    const response = await revision.infer(request, contextOf(revision, clock))
    encodeInferResponse(response, { binaryOutput: () => body.binary })
    return response.batchRows
  }
}

const isBinary = (inputs: Tensors): boolean =>
  octetsOf(inputs) > MOST_JSON_OCTETS || [...inputs.values()].some(({ datatype }) => datatype === 'BYTES')

async function firstTaken(revision: Revision, clock: Clock): Promise<Tensors> {
  let refused: unknown
  for (const inputs of generatedRows(revision.package)) {
    try {
      await revision.infer({ model: revision.model, inputs }, contextOf(revision, clock))
      return inputs
    } catch (error) {
      if (!(error instanceof ServeError) || error.code !== 'INVALID_ARGUMENT') throw error
      refused = error
    }
  }
  throw new ServeError(
    'INVALID_ARGUMENT',
    `${revision.model} takes none of the generated inputs; put an example into its examples folder`,
    {
      cause: refused,
    },
  )
}

function contextOf({ settings }: Revision, clock: Clock) {
  const deadline = clock.monotonic() + settings.limits.deadlineMs
  return { requestId: 'tune', dialect: 'v2', deadline, signal: { aborted: false }, decodeMs: 0 }
}
