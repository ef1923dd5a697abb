import { describeSpec, type InputInfo } from '@slipway/client'
import { isEditable, skeleton, skeletonSize } from '../form/skeleton.ts'
import { FilePick } from './file-pick.tsx'
import { JsonEditor } from './json-editor.tsx'

export interface TensorInputProps {
  readonly input: InputInfo
  readonly json: string
  readonly onJson: (json: string) => void
}

/** Any tensor as nested JSON arrays, started with a valid value of the right shape. */
export function TensorInput({ input, json, onJson }: TensorInputProps) {
  return (
    <div className="tensor-input">
      <JsonEditor name={input.name} hint={describeSpec(input)} json={json} onJson={onJson} />
      <div className="features-tools">
        <button type="button" className="button small" onClick={() => onJson(skeleton(input))}>
          {isEditable(input) ? 'Start over' : `Fill with ${skeletonSize(input).toLocaleString('en')} zeros`}
        </button>
        <FilePick label="Open a JSON file" accept=".json,application/json" onFile={(file) => void file.text().then(onJson)} />
      </div>
    </div>
  )
}
