import type { ModelInfo } from '@slipway/client'

/** Whether the model can answer, in a word. */
export function StateBadge({ model }: { readonly model: ModelInfo }) {
  const state = model.serving !== undefined ? 'ready' : (model.versions.at(-1)?.state ?? 'loading')
  return <span className={`state state-${state}`}>{state}</span>
}
