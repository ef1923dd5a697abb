/** Which threads × replicas are worth a measurement on this machine. */
import type { ModelSettings } from '../../models/settings.ts'
import { type Shape, sameShape } from '../plan.ts'

export interface Room {
  /** CPUs that may be used, possibly a fraction. */
  readonly cpus: number
  /** Physical cores, which is the number of threads that an engine takes by itself. */
  readonly cores: number
  /** Replicas that fit into the memory that is free. */
  readonly mostReplicas: number
}

type Wanted = Pick<ModelSettings['replicas'], 'count' | 'threads'>

/** A replica is a process: beyond these, memory and start-up cost more than a core brings. */
const MOST_REPLICAS = 16

/** What bare onnxruntime does with its defaults: one session, a spinning thread for each physical core. */
export const engineDefault = (cores: number): Shape => ({ replicas: 1, threads: cores, spinning: cores > 1 })

/**
 * Never more threads × replicas than CPUs, but for the engine's own default, which is always among them where nothing is
 * configured: nobody may be served worse than by that. What is configured is kept. For each number of threads: all
 * replicas that fit, the same with a core left to the server's own process, and one.
 */
export function candidates({ cpus, cores, mostReplicas }: Room, { count, threads }: Wanted): readonly Shape[] {
  const whole = Math.max(1, Math.floor(cpus))
  const most = Math.max(1, Math.min(MOST_REPLICAS, mostReplicas))
  const shapes: Shape[] = []
  for (const own of threads === 'auto' ? powers(whole) : [threads]) {
    const fits = Math.max(1, Math.min(most, Math.floor(whole / own)))
    const spared = Math.max(1, Math.min(most, Math.floor((whole - 1) / own)))
    for (const replicas of count === 'auto' ? [fits, spared, 1] : [count]) {
      if (replicas > 1 && count === 'auto' && replicas * own > whole) continue
      if (count !== 'auto' && threads === 'auto' && own > 1 && replicas * own > whole) continue
      shapes.push({ replicas, threads: own, spinning: false })
    }
  }
  if (threads === 'auto' && (count === 'auto' || count === 1)) {
    if (whole > 1) shapes.push({ replicas: 1, threads: whole, spinning: true })
    shapes.push(engineDefault(cores))
  }
  return distinct(shapes)
}

/** 1, 2, 4, … and the number itself. */
function powers(most: number): readonly number[] {
  const found = [1]
  while ((found.at(-1) as number) * 2 <= most) found.push((found.at(-1) as number) * 2)
  return found.at(-1) === most ? found : [...found, most]
}

function distinct(shapes: readonly Shape[]): readonly Shape[] {
  return shapes.filter((shape, index) => shapes.findIndex((other) => sameShape(shape, other)) === index)
}
