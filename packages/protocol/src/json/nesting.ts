/** A tensor's data in JSON: flat, or nested to any regular shape; only the number of elements must agree with the tensor's own. */
import { ServeError } from '../errors.ts'
import { type Datatype, elementCount, type Tensor, tensor } from '../tensor.ts'
import { BytesLeaves } from './bytes-leaves.ts'
import { CLOSE_ARRAY, COMMA, type JsonCursor, OPEN_ARRAY } from './cursor.ts'
import type { Leaves, LeavesOptions } from './leaves.ts'
import { LongLeaves } from './long-leaves.ts'
import { describe, RANGES, type Subject } from './ranges.ts'
import { RealLeaves, WholeLeaves } from './short-leaves.ts'

export interface DataSpec {
  readonly subject: Subject
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /** BYTES whose strings are base64. */
  readonly base64: boolean
}

/** The tensor whose data the cursor is on. Room is made for no more elements than the text can hold, whatever the shape says. */
export function readData(cursor: JsonCursor, spec: DataSpec): Tensor {
  const { subject, datatype, shape } = spec
  const count = elementCount(shape)
  const capacity = Math.min(count, (cursor.end - cursor.at) >>> 1)
  const leaves = createLeaves(datatype, { subject, capacity, base64: spec.base64 })
  if (cursor.next() !== OPEN_ARRAY) refuseScalar(cursor, subject)
  const found = elementCount(readNested(cursor, leaves, subject))
  if (found !== count)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `${describe(subject)}: shape [${shape.join(', ')}] takes ${count} element${count === 1 ? '' : 's'}, but "data" has ${found}`,
    )
  return tensor(datatype, shape, leaves.data())
}

export interface RowsSpec {
  readonly name: string
  readonly datatype: Datatype
  /** The tensor's shape as the model has it, -1 for what is free; with all but the first dimension fixed, only the number of elements must agree. */
  readonly shape: readonly number[]
}

/**
 * The tensor whose rows are the elements of the array that the cursor is on. A row is flat or nested; where further dimensions are free, the
 * nesting gives them. Throws when there is anything but numbers in even arrays.
 */
export function readRows(cursor: JsonCursor, { name, datatype, shape }: RowsSpec): Tensor {
  const subject = { kind: 'input', name }
  // An element takes two octets at least: a digit and what parts it from the next.
  const leaves = createLeaves(datatype, { subject, capacity: (cursor.end - cursor.at + 1) >>> 1, base64: false })
  const sizes = readNested(cursor, leaves, subject)
  const found = elementCount(sizes)
  const rowShape = shape.slice(1)
  const rowsShape = rowShape.includes(-1) ? sizes : [sizes[0] as number, ...rowShape]
  if (found === 0 || elementCount(rowsShape) !== found)
    throw new ServeError(
      'INVALID_ARGUMENT',
      `${describe(subject)}: ${sizes[0]} rows of shape [${rowShape.join(', ')}] are not ${found} elements`,
    )
  return tensor(datatype, rowsShape, leaves.data(found))
}

function createLeaves(datatype: Datatype, options: LeavesOptions): Leaves {
  if (datatype === 'BYTES') return new BytesLeaves(options)
  if (datatype === 'INT64' || datatype === 'UINT64') return new LongLeaves(datatype, options)
  return RANGES[datatype].whole ? new WholeLeaves(datatype, options) : new RealLeaves(datatype, options)
}

function refuseScalar(cursor: JsonCursor, subject: Subject): never {
  if (cursor.at >= cursor.end) cursor.unexpected('an array')
  throw new ServeError('INVALID_ARGUMENT', `${describe(subject)}: "data" must be an array, found ${cursor.excerpt()}`)
}

/** Reads arrays inside arrays; siblings must be alike in length and depth. Returns the length at each depth. */
function readNested(cursor: JsonCursor, leaves: Leaves, subject: Subject): number[] {
  const sizes: number[] = []
  const counts: number[] = []
  let leafLevel = -1
  for (let level = 0; ; level++) {
    if (leafLevel !== -1 && level > leafLevel) ragged(cursor, subject)
    cursor.enter()
    counts[level] = 0
    const code = cursor.next()
    if (code === OPEN_ARRAY) continue
    if (code !== CLOSE_ARRAY) {
      // An array that was opened deeper than this one means that elements stand where arrays stood.
      if (sizes.length > level + 1) ragged(cursor, subject)
      leafLevel = level
      counts[level] = leaves.run(cursor)
    }
    for (;;) {
      const size = counts[level] as number
      if (sizes[level] === undefined) sizes[level] = size
      else if (sizes[level] !== size) ragged(cursor, subject)
      cursor.leave()
      if (--level < 0) return sizes
      counts[level] = (counts[level] as number) + 1
      const after = cursor.next()
      if (after === CLOSE_ARRAY) continue
      if (after !== COMMA) cursor.unexpected('"," or "]"')
      cursor.at++
      if (cursor.next() === OPEN_ARRAY) break
      if (cursor.at >= cursor.end || cursor.bytes[cursor.at] === CLOSE_ARRAY) cursor.unexpected('an array')
      ragged(cursor, subject)
    }
  }
}

function ragged(cursor: JsonCursor, subject: Subject): never {
  throw new ServeError(
    'INVALID_ARGUMENT',
    `${describe(subject)}: "data" is ragged at byte ${cursor.at}: arrays side by side must have one length and one depth; nest it evenly or send it flat`,
  )
}
