/** What Triton lets a caller hand in with the name of a model to load, and nobody may here: its configuration and files. Over REST and gRPC. */
import { quoted, ServeError } from '@slipway/protocol'

/** Throws UNIMPLEMENTED when one of a load's parameters is such a thing; a file may be code, and callers bring none. */
export function refuseOverrides(parameters: Iterable<string>): void {
  for (const name of parameters) {
    if (name !== 'config' && !name.startsWith('file:')) continue
    const why = name === 'config' ? '' : ', since a file may be code that would run on this server'
    throw new ServeError(
      'UNIMPLEMENTED',
      `parameter ${quoted(name)}: a model is loaded from its files only${why}; change model.yaml or the version folder, then load it again`,
    )
  }
}
