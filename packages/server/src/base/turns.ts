/** Lets a few tasks run at once; the others wait for their turn in the order they came. */
export type Turns = <Result>(task: () => Promise<Result>) => Promise<Result>

export function createTurns(atOnce: number): Turns {
  const waiting: (() => void)[] = []
  let free = atOnce
  return async (task) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      // The place is handed on, so that nobody who comes in between takes it.
      if (next === undefined) free += 1
      else next()
    }
  }
}
