/** What is asked of a caller before its body is read: one function for every transport. */
import { ServeError } from '@slipway/protocol'

export interface AdmissionLimits {
  /** Octets of bodies that may be held at once. */
  readonly inFlightBytes: number
}

export interface Admission {
  /** Takes `bytes` of the budget; throws UNAVAILABLE when they do not fit. The answer gives them back, once. */
  enter(bytes: number): () => void
  readonly bytesInFlight: number
}

export function createAdmission({ inFlightBytes }: AdmissionLimits): Admission {
  let held = 0
  return {
    get bytesInFlight() {
      return held
    },
    enter: (bytes) => {
      if (held > 0 && held + bytes > inFlightBytes) {
        throw new ServeError(
          'UNAVAILABLE',
          `the server holds ${held} octets of requests, and limits.inFlightBytes is ${inFlightBytes}; try again a little later`,
        )
      }
      held += bytes
      let left = false
      return () => {
        if (left) return
        left = true
        held -= bytes
      }
    },
  }
}
