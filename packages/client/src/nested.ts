/** Nested lists to flat ones and back, row-major. */
import { type Datatype, elementCount, quoted } from '@slipway/protocol'
import { isNumericArray } from './elements.ts'
import { SlipwayError } from './slipway-error.ts'

/** A value, a list of values, a list of such lists, … */
export type Nested<T> = T | readonly Nested<T>[]

/** As many dimensions as NumPy and the V2 codec allow; also what stops at a list that holds itself. */
const MOST_DIMENSIONS = 32

type Level = ArrayLike<unknown>

/** True for what counts as a level of nesting; octets are an element of BYTES, not a row of numbers. */
function isLevel(value: unknown, datatype: Datatype): value is Level {
  return Array.isArray(value) || (datatype !== 'BYTES' && isNumericArray(value))
}

/** The shape that the nesting spells, and the elements in order. Throws INVALID_ARGUMENT for ragged lists, naming where. */
export function flatten(value: unknown, datatype: Datatype, name: string): { shape: number[]; elements: unknown[] } {
  const shape: number[] = []
  for (let at = value; isLevel(at, datatype); at = at[0]) {
    shape.push(at.length)
    if (shape.length > MOST_DIMENSIONS) throw refusal(name, `nested more than ${MOST_DIMENSIONS} lists deep`)
    if (at.length === 0) break
  }
  const elements: unknown[] = []
  // Where the walk is; written out only for a message, since there may be a million elements.
  const place: number[] = []
  const wrong = (what: string) => refusal(name, `${place.length === 0 ? 'the value' : `[${place.join('][')}]`} ${what}`)
  const walk = (at: unknown, axis: number): void => {
    const size = shape[axis]
    if (size === undefined) {
      if (isLevel(at, datatype)) throw wrong('is a list where its neighbours are single values')
      elements.push(at)
      return
    }
    if (!isLevel(at, datatype)) throw wrong(`is ${quoted(at)} where its neighbours are lists of ${size}`)
    if (at.length !== size) throw wrong(`has ${at.length} elements where its neighbours have ${size}`)
    for (let index = 0; index < size; index++) {
      place[axis] = index
      walk(at[index], axis + 1)
    }
    place.length = axis
  }
  walk(value, 0)
  return { shape, elements }
}

function refusal(name: string, what: string): SlipwayError {
  return new SlipwayError('INVALID_ARGUMENT', `input ${quoted(name)}: ${what}`)
}

/** Row-major `data` as lists nested by `shape`; a scalar (shape []) is its one element. */
export function nest<T>(data: ArrayLike<T>, shape: readonly number[]): Nested<T> {
  elementCount(shape)
  let next = 0
  const build = (axis: number): Nested<T> => {
    const size = shape[axis]
    if (size === undefined) return data[next++] as T
    const list: Nested<T>[] = []
    for (let index = 0; index < size; index++) list.push(build(axis + 1))
    return list
  }
  return build(0)
}
