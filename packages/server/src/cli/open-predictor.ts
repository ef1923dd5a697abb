/** What a command line names to be asked: a model of this disk, or one on a server. */
import { CommandError, EXIT } from './exit.ts'
import type { Predictor } from './predictor.ts'
import { loadSettings } from './settings.ts'

export interface Wanted {
  readonly model: string | undefined
  readonly version: string | undefined
  /** What is being done while a Python environment is built. */
  readonly note: (sentence: string) => void
}

/** Each way is loaded only when it is taken: a question to a server needs none of the server. */
export async function openPredictor(target: string, { model, version, note }: Wanted): Promise<Predictor> {
  if (/^https?:\/\//i.test(target)) return (await import('./remote-model.ts')).openRemoteModel({ url: target, model, version })
  if (version !== undefined)
    throw new CommandError(EXIT.usage, '--version is for servers; on disk, the newest version that the manifest wants is asked')
  const { openLocalModel } = await import('./local-model.ts')
  return openLocalModel(await loadSettings({ paths: [target] }), { name: model, note })
}
