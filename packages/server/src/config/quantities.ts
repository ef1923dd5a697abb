/** The kinds of value that settings take: sizes, durations, counts, and `auto` where the machine decides. */
import * as z from 'zod'

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
}
const SIZE = /^(\d+(?:\.\d+)?)\s*([kKmMgGtT]?[iI]?[bB])$/
const SIZE_HELP = 'expected octets as a whole number, or a text such as "64MB" (millions) or "64MiB" (2^20)'

/** Octets of `64MB` or `1.5 GiB`; undefined when the text is no size. Fractions of an octet are dropped. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = SIZE.exec(text.trim()) ?? []
  if (amount === undefined || unit === undefined) return undefined
  const factor = UNITS[unit.toUpperCase()]
  const octets = factor === undefined ? Number.NaN : Math.floor(Number(amount) * factor)
  return Number.isSafeInteger(octets) ? octets : undefined
}

const whole = (least: number) => z.int({ error: `expected a whole number of at least ${least}` }).min(least)

/** A number of things. */
export const count = (least: number) => whole(least)

/** Milliseconds; a limit that a timer can hold. */
export const milliseconds = (least: number) => whole(least).max(2 ** 31 - 1)

/** Octets, as a number or as a text with a unit. */
export const size = () =>
  z
    .union([z.int().positive(), z.string().regex(SIZE)], { error: SIZE_HELP })
    .transform((value) => (typeof value === 'number' ? value : (parseSize(value) ?? 0)))
    .refine((octets) => octets > 0, { error: SIZE_HELP })

/** `auto`, or what `schema` takes. */
export const orAuto = <S extends z.ZodType>(schema: S) => z.union([z.literal('auto'), schema])
