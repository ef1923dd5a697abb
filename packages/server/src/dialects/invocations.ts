/** POST /invocations, which SageMaker and MLflow both have: each says what its JSON means, and all the rest is alike. */
import type { Tensors } from '@slipway/protocol'
import type { Call, HttpResponse } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { bodyInputs, isJsonBody } from './bodies/body-inputs.ts'
import { answerBody, answerForm } from './bodies/body-outputs.ts'
import { outputRows } from './bodies/output-rows.ts'
import { answerInference, type DialectDeps } from './dialect.ts'

/**
 * The members that make a body MLflow's, whose scoring protocol wants exactly one of them; a JSON body with none of them, and every body of
 * another type, is SageMaker's.
 */
export const MLFLOW_KEYS = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const

export interface Invocation {
  readonly dialect: string
  readonly model: string
  /** The inputs of a JSON body, and how predictions are written back. */
  readJson(revision: Revision): JsonInvocation
}

export interface JsonInvocation {
  readonly inputs: Tensors
  /** The value of `predictions`; rows when absent. */
  readonly predictions?: (outputs: Tensors) => string
}

const ATTRIBUTES = 'x-amzn-sagemaker-custom-attributes'

/** Decodes by Content-Type, answers by Accept, and gives the caller's own attributes back. */
export function invoke(deps: DialectDeps, call: Call, { dialect, model, readJson }: Invocation): Promise<HttpResponse> {
  const form = answerForm(call.header('accept'))
  return answerInference(deps, call, {
    dialect,
    model,
    version: undefined,
    decode: (revision) => {
      const { inputs, predictions = predictedRows } = isJsonBody(call) ? readJson(revision) : { inputs: bodyInputs(call, revision) }
      return { request: { model: revision.model, inputs }, decoded: predictions }
    },
    encode: ({ outputs }, predictions) => ({
      status: 200,
      headers: { 'content-type': form, ...attributesOf(call) },
      body: answerBody(form, outputs, () => `{"predictions":${predictions(outputs)}}`),
    }),
  })
}

export const predictedRows = (outputs: Tensors): string => `[${outputRows(outputs).join(',')}]`

/** Up to 1,024 visible characters of ASCII, as SageMaker allows; it takes them out of an answer unless they are set there. */
function attributesOf(call: Call): Readonly<Record<string, string>> {
  const given = call.header(ATTRIBUTES)
  return given !== undefined && /^[\x20-\x7e]{1,1024}$/.test(given) ? { [ATTRIBUTES]: given } : {}
}
