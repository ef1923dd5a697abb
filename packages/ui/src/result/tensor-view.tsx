import { flatten } from '../form/nesting.ts'
import { formatElement, formatNumber } from './format.ts'
import { tensorFacts } from './tensor-facts.ts'

export interface TensorViewProps {
  readonly name: string
  readonly value: unknown
}

const SHOWN = 48

/** A number, a short list of them, or the facts and the beginning of a large tensor. */
export function TensorView({ name, value }: TensorViewProps) {
  const facts = tensorFacts(value)
  const flat = flatten(value)
  if (facts.count === 1) {
    return (
      <p className="single">
        <span className="single-value">{formatElement(flat[0])}</span>
        <span className="quiet">{name}</span>
      </p>
    )
  }
  return (
    <div className="tensor-view">
      <p className="tensor-facts">
        <strong>{name}</strong> <span className="mono quiet">[{facts.shape.join(', ')}]</span>
        {facts.range !== undefined && facts.count > SHOWN && (
          <span className="quiet">
            {formatNumber(facts.range.min)} to {formatNumber(facts.range.max)}, mean {formatNumber(facts.range.mean)}
          </span>
        )}
      </p>
      <ol className="elements" start={0}>
        {flat.slice(0, SHOWN).map((element, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an element is its place
          <li key={index}>{formatElement(element)}</li>
        ))}
      </ol>
      {facts.count > SHOWN && (
        <p className="quiet">and {(facts.count - SHOWN).toLocaleString('en')} more; all of them stand in the raw JSON</p>
      )}
    </div>
  )
}
