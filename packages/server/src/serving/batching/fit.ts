/** Two classical fits to weighted points: the least-squares line, and the closest curve that never falls. */

export interface Point {
  readonly x: number
  readonly y: number
  readonly weight: number
}

/** The line of least squares with neither a negative start nor a negative slope; through the origin when one point is all there is. */
export function straightLine(points: readonly Point[]): { readonly at0: number; readonly slope: number } {
  let [weight, x, y, xx, xy] = [0, 0, 0, 0, 0]
  for (const point of points) {
    weight += point.weight
    x += point.weight * point.x
    y += point.weight * point.y
    xx += point.weight * point.x * point.x
    xy += point.weight * point.x * point.y
  }
  if (weight === 0 || xx === 0) return { at0: 0, slope: 0 }
  const spread = weight * xx - x * x
  const through0 = { at0: 0, slope: xy / xx }
  // As good as no spread at all, by what floating point can tell.
  if (spread <= 1e-9 * weight * xx) return through0
  const slope = (weight * xy - x * y) / spread
  if (slope < 0) return { at0: y / weight, slope: 0 }
  const at0 = (y - slope * x) / weight
  return at0 < 0 ? through0 : { at0, slope }
}

interface Pool {
  y: number
  weight: number
  count: number
}

/** The non-falling curve with the least weighted squared distance: neighbours that fall are pooled (PAVA). Points come ascending in x. */
export function nonFalling(points: readonly Point[]): readonly Point[] {
  const pools: Pool[] = []
  for (const { y, weight } of points) {
    let pool: Pool = { y, weight, count: 1 }
    for (let before = pools.at(-1); before !== undefined && before.y > pool.y; before = pools.at(-1)) {
      pools.pop()
      const together = before.weight + pool.weight
      pool = { y: (before.y * before.weight + pool.y * pool.weight) / together, weight: together, count: before.count + pool.count }
    }
    pools.push(pool)
  }
  const levels = pools.flatMap(({ y, count }) => new Array<number>(count).fill(y))
  return points.map(({ x, weight }, index) => ({ x, y: levels[index] as number, weight }))
}
