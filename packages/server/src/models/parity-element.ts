/** How far one element of an answer lies from another, and what counts as a label. */
import type { Datatype } from '@slipway/protocol'
import type { Element, NamedElements } from './elements.ts'

/** 0 for equal ones; Infinity for texts that differ, and where only one is a number. */
export function differenceOf(reference: Element, candidate: Element): number {
  if (Object.is(reference, candidate) || reference === candidate) return 0
  if (typeof reference === 'string' || typeof candidate === 'string')
    return String(reference) === String(candidate) ? 0 : Number.POSITIVE_INFINITY
  if (typeof reference === 'bigint' && typeof candidate === 'bigint')
    return Number(reference > candidate ? reference - candidate : candidate - reference)
  const [a, b] = [Number(reference), Number(candidate)]
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0
  const difference = Math.abs(a - b)
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference
}

/** Whether that is more than may be: within 1 absolutely, beyond it relatively; whole numbers and texts must be equal. */
export function exceeds(difference: number, reference: Element, tolerance: number): boolean {
  if (difference === 0) return false
  if (typeof reference !== 'number') return true
  return difference > tolerance * Math.max(1, Number.isFinite(reference) ? Math.abs(reference) : 1)
}

const LABELS: readonly Datatype[] = ['BYTES', 'BOOL', 'INT8', 'INT16', 'INT32', 'INT64', 'UINT8', 'UINT16', 'UINT32', 'UINT64']

/** Texts and whole numbers, and several scores a row. */
export const isLabel = ({ datatype, shape }: NamedElements, width: number): boolean =>
  LABELS.includes(datatype) || (shape.length === 2 && width > 1)

export function sameLabel(ours: readonly Element[], theirs: readonly Element[], datatype: Datatype): boolean {
  if (LABELS.includes(datatype)) return ours.every((element, index) => differenceOf(element, theirs[index] as Element) === 0)
  return highest(ours) === highest(theirs)
}

function highest(scores: readonly Element[]): number {
  const values = scores.map(Number)
  return values.indexOf(Math.max(...values))
}
