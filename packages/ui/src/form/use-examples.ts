import type { ExampleInfo, ModelInfo } from '@slipway/client'
import { useEffect, useState } from 'react'
import { fetchExamples, fetchFile } from '../call/server.ts'
import { formFromFile, formFromRequest } from './example.ts'
import type { Form } from './form.ts'

export interface ReadyExample {
  readonly name: string
  readonly form: Form
}

const SHOWN = 24

/** The model's golden examples as forms. None while they load, and none when the server has none to give. */
export function useExamples(model: Pick<ModelInfo, 'name' | 'inputs'>): readonly ReadyExample[] {
  const [examples, setExamples] = useState<readonly ReadyExample[]>([])
  const { name, inputs } = model
  // The list of models is asked for again and again; only another model has other examples.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const asking = new AbortController()
    setExamples([])
    loadExamples({ name, inputs }, asking.signal).then(
      (loaded) => !asking.signal.aborted && setExamples(loaded),
      () => undefined,
    )
    return () => asking.abort()
  }, [name])
  return examples
}

async function loadExamples(model: Pick<ModelInfo, 'name' | 'inputs'>, signal: AbortSignal): Promise<readonly ReadyExample[]> {
  const examples = await fetchExamples(model.name, signal)
  const loaded = await Promise.all(examples.slice(0, SHOWN).map((example) => loadExample(model, example, signal)))
  return loaded.filter((example) => example !== undefined)
}

async function loadExample(model: Pick<ModelInfo, 'inputs'>, example: ExampleInfo, signal: AbortSignal): Promise<ReadyExample | undefined> {
  const { name, file, request } = example
  const form = file === undefined ? formFromRequest(model.inputs, request) : formFromFile(model.inputs, await fetchFile(file, signal), name)
  return form === undefined ? undefined : { name, form }
}
