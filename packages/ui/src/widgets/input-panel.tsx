import type { InputInfo, ModelInfo } from '@slipway/client'
import { columnsOf } from '../form/features.ts'
import { type Draft, type Form, withCell, withDraft } from '../form/form.ts'
import { fixedRows } from '../form/nesting.ts'
import { FeaturesInput } from './features-input.tsx'
import { ImageInput } from './image-input.tsx'
import { JsonEditor } from './json-editor.tsx'
import { TensorInput } from './tensor-input.tsx'
import { TextInput } from './text-input.tsx'

export interface InputPanelProps {
  readonly model: ModelInfo
  readonly form: Form
  readonly onForm: (change: (form: Form) => Form) => void
}

/** One widget for each input by its kind, or the whole body as JSON. */
export function InputPanel({ model, form, onForm }: InputPanelProps) {
  if (form.mode === 'json') {
    return (
      <JsonEditor
        name="Request body"
        hint={`POST /api/v1/models/${model.name}/predict`}
        json={form.json}
        onJson={(json) => onForm((now) => ({ ...now, json }))}
      />
    )
  }
  const columns = columnsOf(model.inputs)
  return (
    <div className="inputs">
      {columns.length > 0 && (
        <FeaturesInput
          columns={columns}
          rows={form.rows}
          onCell={(column, text) => onForm((now) => withCell(now, { row: 0, column }, text))}
          onRows={(rows) => onForm((now) => ({ ...now, rows }))}
        />
      )}
      {model.inputs.map((input) => {
        const draft = form.drafts.get(input.name)
        if (draft === undefined) return null
        return <Widget key={input.name} input={input} draft={draft} onDraft={(next) => onForm((now) => withDraft(now, input.name, next))} />
      })}
    </div>
  )
}

interface WidgetProps {
  readonly input: InputInfo
  readonly draft: Draft
  readonly onDraft: (draft: Draft) => void
}

function Widget({ input, draft, onDraft }: WidgetProps) {
  if (draft.kind === 'image' && input.as.kind === 'image') {
    return (
      <ImageInput
        name={input.name}
        kind={input.as}
        picture={draft.picture}
        onPicture={(picture) => onDraft(picture === undefined ? { kind: 'image' } : { kind: 'image', picture })}
      />
    )
  }
  if (draft.kind === 'text') {
    return (
      <TextInput
        name={input.name}
        text={draft.text}
        lines={draft.lines}
        takesMany={fixedRows(input.shape) === undefined}
        onChange={(text, lines) => onDraft({ kind: 'text', text, lines })}
      />
    )
  }
  if (draft.kind === 'tensor') return <TensorInput input={input} json={draft.json} onJson={(json) => onDraft({ kind: 'tensor', json })} />
  return null
}
