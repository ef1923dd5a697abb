/** Import circles: strongly connected components of the import graph (Tarjan, SIAM J. Comput. 1972). */
import { type ParsedFile, targetOf } from './source.ts'

interface Visit {
  readonly index: number
  low: number
  onStack: boolean
}

/** One sentence for each set of files that import each other in a circle; `import type` counts. */
export function findCircles(files: readonly ParsedFile[]): readonly string[] {
  const edges = new Map(files.map((file) => [file.path, file.imports.flatMap(({ name }) => targetOf(file, name) ?? [])]))
  const visits = new Map<string, Visit>()
  const stack: string[] = []
  const circles: string[] = []
  const enter = (path: string): Visit => {
    const visit: Visit = { index: visits.size, low: visits.size, onStack: true }
    visits.set(path, visit)
    stack.push(path)
    for (const next of edges.get(path) ?? []) {
      if (!edges.has(next)) continue
      const seen = visits.get(next)
      if (seen === undefined) visit.low = Math.min(visit.low, enter(next).low)
      else if (seen.onStack) visit.low = Math.min(visit.low, seen.index)
    }
    if (visit.low === visit.index) close(path)
    return visit
  }
  const close = (path: string): void => {
    const component = stack.splice(stack.indexOf(path))
    for (const member of component) (visits.get(member) as Visit).onStack = false
    const importsItself = edges.get(path)?.includes(path) ?? false
    if (component.length > 1 || importsItself) circles.push(`a circle of imports: ${[...component, path].join(' → ')}`)
  }
  for (const path of edges.keys()) if (!visits.has(path)) enter(path)
  return circles
}
