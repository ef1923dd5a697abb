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
const OCTETS = 'octets as a whole number, or a text such as "64MB" (millions) or "64MiB" (2^20)'

/** Octets of `64MB` or `1.5 GiB`; undefined when the text is no size. Fractions of an octet are dropped. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = SIZE.exec(text.trim()) ?? []
  if (amount === undefined || unit === undefined) return undefined
  const factor = UNITS[unit.toUpperCase()]
  const octets = factor === undefined ? Number.NaN : Math.floor(Number(amount) * factor)
  return Number.isSafeInteger(octets) ? octets : undefined
}

const wholeNumber = (least: number) => z.int({ error: `expected a whole number of at least ${least}` }).min(least)

/** A number of things. */
export const count = (least: number) => wholeNumber(least)

/** Milliseconds; at most what a timer can hold, 24 days. */
export const milliseconds = (least: number) => wholeNumber(least).max(2 ** 31 - 1)

const octets = (error: string) =>
  z
    .union([z.int().positive(), z.string().regex(SIZE, { error })], { error })
    .transform((value) => (typeof value === 'number' ? value : (parseSize(value) ?? 0)))
    .refine((value) => value > 0, { error })

/** Octets, as a number or as a text with a unit. */
export const size = () => octets(`expected ${OCTETS}`)

export const sizeOrAuto = () => z.union([z.literal('auto'), octets(`expected ${OCTETS}`)], { error: `expected auto, or ${OCTETS}` })

export const sizeOrOff = () => z.union([z.literal('off'), octets(`expected ${OCTETS}`)], { error: `expected off, or ${OCTETS}` })

export const countOrAuto = (least: number) =>
  z.union([z.literal('auto'), count(least)], { error: `expected auto, or a whole number of at least ${least}` })

/** A value as a person would write it in a settings file. */
export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}
