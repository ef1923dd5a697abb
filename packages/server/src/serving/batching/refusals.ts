/** What a request is told that was not run. */
import { ServeError } from '@slipway/protocol'

export const expired = () =>
  new ServeError(
    'DEADLINE_EXCEEDED',
    'the deadline passed before the answer was ready; allow more time (x-slipway-deadline-ms) or send fewer rows',
  )

export const tooLate = () =>
  new ServeError(
    'DEADLINE_EXCEEDED',
    'the answer would have come after the deadline, so the request was not run; allow more time (x-slipway-deadline-ms) or send fewer rows',
  )

export const gone = () => new ServeError('CANCELLED', 'the caller went away before the request could run')

export const queueFull = (held: number, maxQueueRows: number) =>
  new ServeError('UNAVAILABLE', `${held} rows are waiting already, and limits.maxQueueRows is ${maxQueueRows}; try again a little later`)

export const hopeless = (waitMs: number, leftMs: number) =>
  new ServeError(
    'UNAVAILABLE',
    `the wait would be about ${Math.round(waitMs)} ms, longer than the ${Math.round(leftMs)} ms that this request may take; try again later`,
  )
