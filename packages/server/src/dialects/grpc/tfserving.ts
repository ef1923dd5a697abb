/** tensorflow.serving: PredictionService and ModelService. Source: tensorflow_serving/apis/{prediction_service,model_service}.proto. */
import { quoted, ServeError } from '@slipway/protocol'
import { metadata, versionStatuses } from '../about/tfserving-model.ts'
import { bulkOffset } from './bulk.ts'
import { predict, unknownLabel } from './predict.ts'
import { type Fields, type GrpcDeps, type GrpcService, jsonMethod, text } from './service.ts'

const PREDICTION = 'tensorflow.serving.PredictionService'
const MODEL = 'tensorflow.serving.ModelService'
/** PredictRequest.inputs, its value, and of that tensor_content. */
const CONTENT = [2, 2, 4]
const SIGNATURES = 'type.googleapis.com/tensorflow.serving.SignatureDefMap'

export function createTfServingServices(deps: GrpcDeps): readonly GrpcService[] {
  return [
    {
      name: PREDICTION,
      methods: [
        {
          kind: 'unary',
          path: `/${PREDICTION}/Predict`,
          access: 'infer',
          bulkOffset: (start) => bulkOffset(start, CONTENT),
          handle: (message, call) => predict(deps, message, call),
        },
        jsonMethod(deps.proto, `/${PREDICTION}/GetModelMetadata`, 'infer', (request) => modelMetadata(deps, request)),
      ],
    },
    {
      name: MODEL,
      methods: [
        jsonMethod(deps.proto, `/${MODEL}/GetModelStatus`, 'infer', (request) => {
          const { model, version } = specIn(request)
          return { model_version_status: versionStatuses(deps, model, version) }
        }),
      ],
    },
  ]
}

function specIn(request: Fields): { readonly model: string; readonly version: string | undefined } {
  const spec = (request.model_spec ?? {}) as Fields
  const model = text(spec, 'name')
  if (model === '') throw new ServeError('INVALID_ARGUMENT', 'the request has no model_spec.name')
  const label = text(spec, 'version_label')
  if (label !== '') throw unknownLabel(model, label)
  return { model, version: spec.version === undefined ? undefined : String(spec.version) }
}

function modelMetadata({ dataPlane }: GrpcDeps, request: Fields): unknown {
  const { model, version } = specIn(request)
  const fields = (request.metadata_field ?? []) as readonly string[]
  const unknown = fields.find((field) => field !== 'signature_def')
  if (unknown !== undefined || fields.length === 0)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `metadata_field ${unknown === undefined ? 'is empty' : quoted(unknown)}; signature_def is the one there is`,
    )
  const { model_spec, metadata: maps } = metadata(dataPlane.revision(model, version))
  return { model_spec, metadata: { signature_def: { '@type': SIGNATURES, ...maps.signature_def } } }
}
