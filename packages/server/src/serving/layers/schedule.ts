/** Request parameters that say how urgent a request is: `timeout` and `priority`, as Triton's clients send them. Source: Triton's docs/protocol/extension_schedule_policy.md. */
import { type Parameters, type ParameterValue, quoted, ServeError } from '@slipway/protocol'
import type { Clock } from '../../base/clock.ts'
import type { CallContext, Layer } from '../infer.ts'

/**
 * `timeout` (µs from here on; 0 for none) can only bring the deadline closer; `priority` (1 before 2, 0 for the usual) goes to the
 * waiting room. Refuses the `sequence_*` parameters: no state is kept between requests, and to answer as if it were would be wrong.
 */
export function schedule(clock: Pick<Clock, 'monotonic'>): Layer {
  return (next) => (request, context) => {
    const { parameters } = request
    return next(request, parameters === undefined || parameters.size === 0 ? context : scheduled(parameters, context, clock))
  }
}

function scheduled(parameters: Parameters, context: CallContext, clock: Pick<Clock, 'monotonic'>): CallContext {
  refuseSequence(parameters)
  const timeoutUs = whole(parameters, 'timeout')
  const priority = whole(parameters, 'priority')
  if (timeoutUs === 0 && priority === 0) return context
  const deadline = timeoutUs === 0 ? context.deadline : Math.min(context.deadline, clock.monotonic() + timeoutUs / 1000)
  return priority === 0 ? { ...context, deadline } : { ...context, deadline, priority }
}

/** 0 when absent. */
function whole(parameters: Parameters, name: string): number {
  const value = parameters.get(name) ?? 0
  const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number.NaN
  if (Number.isInteger(number) && number >= 0) return number
  throw new ServeError('INVALID_ARGUMENT', `parameter "${name}" must be a whole number from 0 up, got ${quoted(value)}`)
}

const NO_SEQUENCE: Readonly<Record<string, readonly ParameterValue[]>> = {
  sequence_id: [0, 0n, ''],
  sequence_start: [false],
  sequence_end: [false],
}

function refuseSequence(parameters: Parameters): void {
  for (const name in NO_SEQUENCE) {
    const value = parameters.get(name)
    if (value !== undefined && !NO_SEQUENCE[name]?.includes(value))
      throw new ServeError(
        'UNIMPLEMENTED',
        `parameter "${name}": models here keep no state between requests, so there are no sequences; send each request with all its inputs`,
      )
  }
}
