/** Octets that no server sends. */
import { KIND } from '../../src/replicas/frames.ts'

interface Lengths {
  /** What the frame says of its header and of all behind its prefix; what it has, when absent. */
  readonly headerBytes?: number
  readonly bytes?: number
}

/** A frame with whatever octets as its header. */
export function frameOf(kind: number, id: number, header: string, lengths: Lengths = {}): Buffer {
  const { headerBytes = Buffer.byteLength(header), bytes = headerBytes } = lengths
  const frame = Buffer.alloc(16 + Buffer.byteLength(header))
  frame.writeUInt32LE(12 + bytes, 0)
  frame.writeUInt32LE(id, 4)
  frame.writeUInt8(kind, 8)
  frame.writeUInt32LE(headerBytes, 12)
  frame.write(header, 16)
  return frame
}

const run = (heads: unknown, payload = 0) => {
  const header = JSON.stringify({ tensors: heads })
  return Buffer.concat([frameOf(KIND.run, 1, header, { bytes: Buffer.byteLength(header) + payload }), Buffer.alloc(payload)])
}

/** By what is wrong with them. */
export const NO_FRAMES: Readonly<Record<string, Buffer>> = {
  'a length below the prefix': Buffer.from([11, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]),
  'a length past what a frame may have': Buffer.alloc(16, 0xff),
  'a header longer than its frame': frameOf(KIND.run, 1, '{}      ', { headerBytes: 64, bytes: 8 }),
  'a header that is no JSON': frameOf(KIND.run, 1, '{"tensor'),
  'no header at all': frameOf(KIND.run, 1, ''),
  'a run whose header is no object': frameOf(KIND.run, 1, 'null    '),
  'a run without tensors': frameOf(KIND.run, 1, '{}      '),
  'a tensor past the end of its frame': run([['x', 'FP32', [4], 16]], 8),
  'a tensor of an unknown datatype': run([['x', 'FP80', [1], 8]], 8),
  'octets that are no whole element': run([['x', 'FP32', [1], 3]], 8),
  'octets that do not fill the shape': run([['x', 'FP32', [3], 8]], 8),
  'elements that do not fill the shape': run([['x', 'BYTES', [3], 8]], 8),
  'a shape with a size below 0': run([['x', 'FP32', [-1], 4]], 8),
  'an element past the end of its tensor': Buffer.concat([run([['x', 'BYTES', [1], 8]], 8).subarray(0, -8), Buffer.alloc(8, 9)]),
  'a place in a file that was never named': frameOf(KIND.run, 1, '{"tensors":[["x","FP32",[2],8]],"at":0}'),
}
