/** By which of its providers a model runs: the first in order of preference that can be used, and loudly so where it is not the first. */
import { ServeError } from '@slipway/protocol'
import { attempts, type Provider, providerText } from '../config/provider.ts'

export interface Execution {
  /** What the workers are told to use, all of it. */
  readonly providers: readonly Provider[]
  /** The name of the first of them. */
  readonly provider: string
  /** The name of what was preferred to all others; the same where nothing had to be given up. */
  readonly wanted: string
  /** What was given up, and why. */
  readonly fallback?: string
}

export interface Choice {
  readonly providers: readonly Provider[]
  readonly signal?: AbortSignal | undefined
  /** Told of each preference that is given up, in a sentence. */
  readonly onFallback: (why: string) => void
}

/**
 * Opens by each of the provider's attempts until one succeeds. A list that does not end in cpu is tried as a whole or not at all.
 * Memory that others hold is nothing to fall back from: a model must not get slow because another one was loaded.
 */
export async function firstUsable<T>(choice: Choice, open: (execution: Execution) => Promise<T>): Promise<T> {
  const { providers, signal, onFallback } = choice
  const wanted = nameOf(providers)
  const given: string[] = []
  const tries = attempts(providers)
  for (const [index, list] of tries.entries()) {
    const fallback = given.length === 0 ? {} : { fallback: given.join('; ') }
    try {
      return await open({ providers: list, provider: nameOf(list), wanted, ...fallback })
    } catch (error) {
      const next = tries[index + 1]
      if (next === undefined || signal?.aborted === true || !(error instanceof ServeError) || error.code === 'RESOURCE_EXHAUSTED')
        throw error
      given.push(error.message)
      onFallback(`it will run by ${next.map(providerText).join(', ')} instead, which may be much slower: ${error.message}`)
    }
  }
  throw new ServeError('INTERNAL', 'a model needs at least one provider')
}

const nameOf = ([first]: readonly Provider[]): string => first?.name ?? 'cpu'
