/**
 * The HTTP face of a BentoML service: each method is a path of its name, its parameters are the members of a JSON object. Source:
 * bentoml/BentoML src/_bentoml_impl/server/app.py. There is such a path only for the default model, while that is a BentoML service.
 */
import { nestedJson, ServeError } from '@slipway/protocol'
import { errorJson } from '../http/respond.ts'
import type { Call, HttpResponse } from '../http/route.ts'
import type { Revision } from '../serving/revision.ts'
import { readJsonObject } from './bodies/json-body.ts'
import { isOneNamedRow } from './bodies/one-row.ts'
import { outputRows } from './bodies/output-rows.ts'
import { columnsToInputs, rowsToInputs } from './bodies/rows.ts'
import { answerInference, type Dialect, type DialectDeps } from './dialect.ts'

export function createBentoMl(deps: DialectDeps): Dialect {
  return {
    name: 'bentoml',
    routes: [
      {
        method: 'POST',
        path: '/:method',
        access: 'infer',
        exists: ({ method }) => methodOf(deps) === method,
        handle: (call) => predict(deps, call),
        problem: errorJson,
      },
    ],
  }
}

/** `classify` of `service.py:Wine.classify`, the default model's; undefined where that is no such service. */
function methodOf({ dataPlane }: DialectDeps): string | undefined {
  try {
    const python = dataPlane.table.get(dataPlane.defaultModel())?.serving.package.python
    return python?.packager === 'bentoml' ? python.entry.split('.').at(-1) : undefined
  } catch (error) {
    // No model is the default one.
    if (error instanceof ServeError) return undefined
    throw error
  }
}

function predict(deps: DialectDeps, call: Call): Promise<HttpResponse> {
  return answerInference(deps, call, {
    dialect: 'bentoml',
    model: deps.dataPlane.defaultModel(),
    version: undefined,
    decode: (revision: Revision) => {
      const values = readJsonObject(call, '{"parameter": value}')
      const form = isOneNamedRow(revision, values) ? 'one' : 'whole'
      const inputs = form === 'one' ? rowsToInputs(revision, [values]) : columnsToInputs(revision, values)
      return { request: { model: revision.model, inputs }, decoded: form }
    },
    encode: ({ outputs }, form) => {
      const texts = [...outputs].map(([name, value]) => [name, nestedJson(value)] as const)
      const [only, another] = texts
      const whole =
        only !== undefined && another === undefined
          ? only[1]
          : `{${texts.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`
      const body = form === 'one' ? (outputRows(outputs)[0] ?? 'null') : whole
      return { status: 200, headers: { 'content-type': 'application/json' }, body }
    },
  })
}
