/** Stretches of a file in memory: what a reader of fields asks for its octets. */

/** A stretch of the file that is in memory. */
export interface Segment {
  readonly start: number
  readonly bytes: Uint8Array
}

export interface Segments {
  /** The stretch that holds this offset; throws when it is not in memory. */
  segmentAt(offset: number): Segment
}
