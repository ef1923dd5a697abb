import { createContext, use, useSyncExternalStore } from 'react'
import { type ModelsState, ModelsStore } from './models-store.ts'

/** The one store of the page; every component that shows figures reads this one. */
export const ModelsContext = createContext<ModelsStore>(new ModelsStore())

/** The models and their figures; asked for while any component uses them. */
export function useModels(): ModelsState {
  const store = use(ModelsContext)
  return useSyncExternalStore(store.subscribe, store.snapshot)
}

/** Asks the server again at once. */
export function useRefresh(): () => void {
  return use(ModelsContext).refresh
}
