import type { ModelInfo } from '@slipway/client'
import { type KeyboardEvent, useCallback, useState } from 'react'
import { wholeRequest } from '../call/compose.ts'
import { SameCall } from '../call/same-call.tsx'
import { useLive } from '../call/use-live.ts'
import { usePrediction } from '../call/use-prediction.ts'
import { MarkedAnswers } from '../feedback/marked-answers.tsx'
import { useFeedback } from '../feedback/use-feedback.ts'
import { blankForm, type Form } from '../form/form.ts'
import { useExamples } from '../form/use-examples.ts'
import type { Point } from '../live/history.ts'
import { Peek } from '../result/peek.tsx'
import { ResultPanel } from '../result/result-panel.tsx'
import { ExamplesStrip } from '../widgets/examples-strip.tsx'
import { InputPanel } from '../widgets/input-panel.tsx'
import { AboutModel } from './about-model.tsx'
import { ModelHead } from './model-head.tsx'
import { PredictBar } from './predict-bar.tsx'

export interface ModelPageProps {
  readonly model: ModelInfo
  readonly history: readonly Point[]
}

/** A model's playground: give an input, see the answer, copy the call. */
export function ModelPage({ model, history }: ModelPageProps) {
  const [form, setForm] = useState(() => blankForm(model.inputs))
  const [versions, setVersions] = useState<readonly (string | undefined)[]>([undefined])
  const { prediction, run } = usePrediction(model, versions)
  const live = useLive({ form, versions, run, inputs: model.inputs })
  const examples = useExamples(model)
  const { summary, refresh } = useFeedback(model.name)
  const takesMarks = summary !== undefined && summary.most > 0
  const predict = useCallback(() => void run(form, 'asked'), [run, form])
  const onExample = (next: Form) => {
    live.skipNext()
    setForm(next)
    void run(next, 'asked')
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    predict()
  }
  const toggleJson = async () => {
    if (form.mode === 'json') return setForm((now) => ({ ...now, mode: 'widgets' }))
    const json = await wholeRequest(model, form)
    setForm((now) => ({ ...now, mode: 'json', json }))
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the whole page; the button beside it does the same
    <div className="model-page" onKeyDown={onKeyDown}>
      <ModelHead model={model} versions={versions} onVersions={setVersions} />
      <div className="bench">
        <section className="panel give" aria-labelledby="give-title">
          <header className="panel-head">
            <h2 id="give-title">Input</h2>
            <Peek prediction={prediction} outputs={model.outputs} />
            <button type="button" className="button small" aria-pressed={form.mode === 'json'} onClick={() => void toggleJson()}>
              JSON
            </button>
          </header>
          <InputPanel model={model} form={form} onForm={setForm} />
          <PredictBar live={live} isRunning={prediction.isRunning} onPredict={predict} />
          {examples.length > 0 && <ExamplesStrip inputs={model.inputs} examples={examples} onExample={onExample} />}
        </section>
        <ResultPanel prediction={prediction} model={model} {...(takesMarks ? { onMark: refresh } : {})} />
      </div>
      <SameCall call={prediction.call} version={versions[0]} />
      {summary !== undefined && (takesMarks || summary.latest.length > 0) && <MarkedAnswers model={model} summary={summary} />}
      <AboutModel model={model} history={history} />
    </div>
  )
}
