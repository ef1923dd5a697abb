import { describeSpec, type ModelInfo, type TensorSpec } from '@slipway/client'

/** What the model takes and what it gives. */
export function SignatureView({ model }: { readonly model: Pick<ModelInfo, 'inputs' | 'outputs'> }) {
  return (
    <dl className="signature">
      <Specs title="takes" specs={model.inputs} />
      <Specs title="gives" specs={model.outputs} />
    </dl>
  )
}

function Specs({ title, specs }: { readonly title: string; readonly specs: readonly TensorSpec[] }) {
  return (
    <div>
      <dt>{title}</dt>
      {specs.map((spec) => (
        <dd key={spec.name}>
          <span className="spec-name">{spec.name}</span> <span className="quiet">{describeSpec(spec)}</span>
        </dd>
      ))}
    </div>
  )
}
