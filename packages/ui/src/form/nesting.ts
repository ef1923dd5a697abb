/** Nested arrays as JSON bodies hold tensors: row-major, one level for each dimension. */

/** `flat` cut into nested arrays by `shape`; a scalar is its one element. */
export function nest(flat: readonly unknown[], shape: readonly number[]): unknown {
  if (shape.length === 0) return flat[0]
  const [size = 0, ...rest] = shape
  if (rest.length === 0) return flat.slice(0, size)
  const stride = rest.reduce((product, dimension) => product * dimension, 1)
  return Array.from({ length: size }, (_, row) => nest(flat.slice(row * stride, (row + 1) * stride), rest))
}

/** All elements of a nested array in row-major order. */
export function flatten(value: unknown): unknown[] {
  return Array.isArray(value) ? value.flat(Number.POSITIVE_INFINITY) : [value]
}

/** The sizes that the nesting shows along its first elements; [] for a scalar. */
export function shapeOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...(value.length > 0 ? shapeOf(value[0]) : [])] : []
}

/** One value for each row, wrapped so that it has the rank of `shape`: `[batch, 1]` makes `[[a], [b]]`. */
export function column(values: readonly unknown[], shape: readonly number[]): unknown {
  if (shape.length === 0) return values[0]
  return values.map((value) => shape.slice(1).reduce<unknown>((inner) => [inner], value))
}

/** Rows that an input takes at once: `undefined` when dimension 0 is free. */
export function fixedRows(shape: readonly number[]): number | undefined {
  const first = shape[0]
  if (first === undefined) return 1
  return first >= 0 ? first : undefined
}
