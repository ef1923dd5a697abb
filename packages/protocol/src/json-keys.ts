/** The names of a body's members, for whoever must know whose body it is before it is read. */
import { ServeError } from './errors.ts'
import { JsonCursor, OPEN_OBJECT } from './json/cursor.ts'
import { KeysSeen, skipValue } from './json.ts'

/** The keys of a JSON object, in its order; none for any other value. Values are only stepped over: whoever reads them finds what is wrong with them. Keys before a fault are told. */
export function objectKeys(bytes: Uint8Array): readonly string[] {
  const cursor = new JsonCursor(bytes)
  const keys: string[] = []
  if (cursor.next() !== OPEN_OBJECT) return keys
  try {
    if (!cursor.open(OPEN_OBJECT)) return keys
    const seen = new KeysSeen()
    do {
      keys.push(seen.read(cursor))
      skipValue(cursor)
    } while (cursor.more(OPEN_OBJECT))
  } catch (error) {
    if (!(error instanceof ServeError)) throw error
  }
  return keys
}
