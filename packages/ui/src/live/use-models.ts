import { useSyncExternalStore } from 'react'
import { type ModelsState, ModelsStore } from './models-store.ts'

/** The one store of the page; every component that shows figures reads this one. It asks nothing until one does. */
const store = new ModelsStore()

/** The models and their figures; asked for while any component uses them. */
export function useModels(): ModelsState {
  return useSyncExternalStore(store.subscribe, store.snapshot)
}
