/** Figures as people read them. */

/** Three significant digits: `0.42 ms`, `12.3 ms`, `1.2 s`. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  if (ms >= 1000) return `${trim(ms / 1000, ms >= 10_000 ? 1 : 2)} s`
  return `${trim(ms, ms >= 100 ? 0 : ms >= 10 ? 1 : 2)} ms`
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const PLAIN = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

/** `9,812`, then `12.3K`, `4.1M`. */
export function formatCount(count: number): string {
  return count < 10_000 ? PLAIN.format(count) : COMPACT.format(count)
}

/** Requests per second. */
export function formatRate(perSecond: number): string {
  return perSecond >= 100 ? formatCount(Math.round(perSecond)) : trim(perSecond, perSecond >= 10 ? 0 : 1)
}

/** `97.8 %`; tiny shares do not become nothing. */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  if (percent < 100 && percent > 99.9) return '> 99.9 %'
  return `${trim(percent, 1)} %`
}

/** Up to six significant digits, as short as they can be written. */
export function formatNumber(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isInteger(value) || !Number.isFinite(value)) return String(value)
  return String(Number(value.toPrecision(6)))
}

/** Any element of a tensor. */
export function formatElement(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint' ? formatNumber(value) : String(value)
}

/** `3 min`, `2 h 5 min`, `4 d`. */
export function formatAge(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1000))} s`
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`
}

/** A name from code as words: `drawingsAccuracy` and `drawings_accuracy` are `drawings accuracy`. */
export function formatName(name: string): string {
  return name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase()
}

/** The first digits of a digest, without its algorithm. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12)
}

const trim = (value: number, digits: number): string =>
  value.toFixed(digits).replace(/\.?0+$/, (zeros) => (zeros.startsWith('.') ? '' : digits > 0 ? '' : zeros))
