/** Settings as they may be shown and logged. */

/** An address without the password in it, also where it is not quite an address; anything else as it is. */
export function withoutPassword(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^([a-z][a-z0-9+.-]*:\/*[^:@\s]*):.*@/is, '$1:***@') : value
}
