import { DIALECTS, type DialectRequest, type ExampleInfo, type ModelInfo } from '@slipway/client'
import { useEffect, useId, useMemo, useState } from 'react'
import { givenTensors } from '../api/given-tensors.ts'
import { CodePanel } from '../call/code-panel.tsx'
import { fetchExamples } from '../call/server.ts'
import { currentTarget } from '../call/target.ts'
import { type Language, type WireRequest, wireSample } from '../call/wire-sample.ts'
import { modelHref } from '../shell/route.ts'

export interface ApiPageProps {
  readonly model: ModelInfo
}

/** How to ask a model in each dialect, with the body of its first example. */
export function ApiPage({ model }: ApiPageProps) {
  const [id, setId] = useState(DIALECTS[0]?.id ?? '')
  const examples = useExampleList(model.name)
  const dialect = DIALECTS.find((one) => one.id === id)
  const inputs = JSON.stringify(model.inputs)
  const request = useMemo(() => {
    if (examples === undefined || dialect === undefined) return undefined
    const asked = dialect.request({ model: model.name, tensors: givenTensors(JSON.parse(inputs), examples) })
    return asked === undefined ? undefined : wireRequest(model.name, asked)
  }, [dialect, examples, model.name, inputs])
  const source = useMemo(
    () => (request === undefined ? undefined : (language: Language) => wireSample(language, request, currentTarget())),
    [request],
  )
  const empty =
    examples === undefined
      ? 'Being made from the first example.'
      : 'This dialect has only rows, and the inputs of this model have none in common.'
  return (
    <div className="model-page">
      <div className="model-head">
        <div className="model-title">
          <h1>{model.name}</h1>
          <a href={modelHref(model.name)}>Playground</a>
        </div>
        <p className="model-description">The same rows in every dialect that this server speaks.</p>
      </div>
      <CodePanel title="API" source={source} empty={empty}>
        <DialectChoice id={id} onId={setId} />
        {dialect?.isUnnamed === true && (
          <p className="quiet dialect-note">
            This route names no model: the only one answers, or the one that the server was started with as --default-model.
          </p>
        )}
      </CodePanel>
      <p className="quiet">
        Every route of this server, with the types of its models: <a href="api/v1/openapi.json">OpenAPI 3.1</a>
      </p>
    </div>
  )
}

/** A body of octets is read piece by piece where it is shown. */
function wireRequest(name: string, { body, ...asked }: DialectRequest): WireRequest {
  return { ...asked, name, body: typeof body === 'string' ? body : new Blob([body]) }
}

interface DialectChoiceProps {
  readonly id: string
  readonly onId: (id: string) => void
}

function DialectChoice({ id, onId }: DialectChoiceProps) {
  const field = useId()
  return (
    <div className="choice dialect-choice">
      <label htmlFor={field}>Dialect</label>
      <select id={field} className="input" value={id} onChange={(event) => onId(event.currentTarget.value)}>
        {DIALECTS.map((one) => (
          <option key={one.id} value={one.id}>
            {one.label}
          </option>
        ))}
      </select>
    </div>
  )
}

/** Undefined while they load; empty where the server has none to give. */
function useExampleList(model: string): readonly ExampleInfo[] | undefined {
  const [examples, setExamples] = useState<readonly ExampleInfo[]>()
  useEffect(() => {
    const asking = new AbortController()
    setExamples(undefined)
    fetchExamples(model, asking.signal).then(
      (loaded) => !asking.signal.aborted && setExamples(loaded),
      () => !asking.signal.aborted && setExamples([]),
    )
    return () => asking.abort()
  }, [model])
  return examples
}
