import type { Live } from '../call/use-live.ts'

export interface PredictBarProps {
  readonly live: Live
  readonly isRunning: boolean
  readonly onPredict: () => void
}

const shortcut = /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘ Enter' : 'Ctrl Enter'

/** Predict, and whether to predict at every change. */
export function PredictBar({ live, isRunning, onPredict }: PredictBarProps) {
  return (
    <div className="predict-bar">
      <button type="button" className="button primary" onClick={onPredict} aria-keyshortcuts="Control+Enter Meta+Enter">
        Predict
        <span className="key" aria-hidden="true">
          {shortcut}
        </span>
      </button>
      <label className="check">
        <input type="checkbox" className="switch" checked={live.isOn} onChange={(event) => live.set(event.currentTarget.checked)} />
        Live
      </label>
      <span className="busy" data-busy={isRunning} />
    </div>
  )
}
