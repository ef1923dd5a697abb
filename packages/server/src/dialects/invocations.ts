/** POST /invocations, which SageMaker and MLflow both have: each says what its JSON means, and all the rest is alike. */
import type { InferRequest, Tensors, WholeBody } from '@slipway/protocol'
import type { Call, HttpResponse } from '../http/route.ts'
import type { ModelPackage } from '../models/package.ts'
import type { Revision } from '../serving/revision.ts'
import { wholeAnswer } from '../serving/whole-body.ts'
import { bodyInputs, isJsonBody } from './bodies/body-inputs.ts'
import { type AnswerForm, answerBody, answerForm } from './bodies/body-outputs.ts'
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

/** Whether the script of the model reads bodies itself, as SageMaker's containers let it. */
export const readsBodies = (pkg: Pick<ModelPackage, 'python'> | undefined): boolean => pkg?.python?.takesBody === true

const JSON_TYPE = 'application/json'

/** As it came; who names no types means JSON. */
function wholeBody(call: Call): WholeBody {
  const accept = call.header('accept')?.trim() ?? ''
  return { bytes: call.body, contentType: call.header('content-type') ?? JSON_TYPE, accept: accept === '*/*' ? '' : accept }
}

/** Decodes by Content-Type, answers by Accept, and gives the caller's own attributes back; a model that reads bodies does the first two. */
export function invoke(deps: DialectDeps, call: Call, { dialect, model, readJson }: Invocation): Promise<HttpResponse> {
  return answerInference(deps, call, {
    dialect,
    model,
    version: undefined,
    decode: (revision): { readonly request: InferRequest; readonly decoded: Written | undefined } => {
      if (readsBodies(revision.package)) {
        const request = { model: revision.model, inputs: new Map(), body: wholeBody(call) }
        return { request, decoded: undefined }
      }
      const form = answerForm(call.header('accept'))
      const { inputs, predictions = predictedRows } = isJsonBody(call) ? readJson(revision) : { inputs: bodyInputs(call, revision) }
      return { request: { model: revision.model, inputs }, decoded: { form, predictions } }
    },
    encode: ({ outputs }, written) => {
      const { contentType, body } = written === undefined ? asWritten(outputs) : answered(outputs, written)
      return { status: 200, headers: { 'content-type': contentType, ...attributesOf(call) }, body }
    },
  })
}

interface Written {
  readonly form: AnswerForm
  readonly predictions: (outputs: Tensors) => string
}

interface Body {
  readonly contentType: string
  readonly body: Uint8Array | string
}

const answered = (outputs: Tensors, { form, predictions }: Written): Body => ({
  contentType: form,
  body: answerBody(form, outputs, () => `{"predictions":${predictions(outputs)}}`),
})

function asWritten(outputs: Tensors): Body {
  const { bytes, contentType } = wholeAnswer(outputs)
  return { contentType, body: bytes }
}

export const predictedRows = (outputs: Tensors): string => `[${outputRows(outputs).join(',')}]`

/** Up to 1,024 visible characters of ASCII, as SageMaker allows; it takes them out of an answer unless they are set there. */
function attributesOf(call: Call): Readonly<Record<string, string>> {
  const given = call.header(ATTRIBUTES)
  return given !== undefined && /^[\x20-\x7e]{1,1024}$/.test(given) ? { [ATTRIBUTES]: given } : {}
}
