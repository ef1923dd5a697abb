/** The "did you mean" of every refusal. */

/** The candidate that differs least from the word, if it is near enough to be meant: at most a third of its letters, by Damerau-Levenshtein without overlaps. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  const wanted = word.toLowerCase()
  if (wanted.length > 128) return undefined
  for (const candidate of candidates) {
    const away = distance(wanted, candidate.toLowerCase())
    if (away < least) {
      best = candidate
      least = away
    }
  }
  return best !== undefined && least <= Math.max(1, Math.floor(Math.max(word.length, best.length) / 3)) ? best : undefined
}

/** Insertions, deletions, substitutions and swaps of neighbours that lead from one text to the other. */
function distance(from: string, to: string): number {
  let older: number[] = []
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      let cost = Math.min(
        (previous[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (previous[column - 1] as number) + (same ? 0 : 1),
      )
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) cost = Math.min(cost, (older[column - 2] as number) + 1)
      current.push(cost)
    }
    older = previous
    previous = current
  }
  return previous[to.length] as number
}
