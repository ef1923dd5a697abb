/** How a process is connected to a worker: octets both ways, in order. The engine's own sockets are behind it; this is Node's. */
import { connect } from 'node:net'

export interface Wire {
  /** Sends the parts one behind the other. They must not change until they have gone. */
  send(parts: readonly Uint8Array[]): void
  /** Closes once everything has gone. */
  end(): void
  /** Closes at once. */
  destroy(): void
}

export interface WireEvents {
  /** What came; it is the receiver's to keep. When it throws, the connection is closed. */
  bytes(chunk: Buffer): void
  /** The connection has gone, whoever ended it; called once. */
  closed(): void
}

/** Rejects when nobody listens at the address. */
export type ConnectWire = (address: string, events: WireEvents) => Promise<Wire>

export const connectNode: ConnectWire = async (address, { bytes, closed }) => {
  const socket = connect(address)
  socket.on('data', (chunk) => {
    try {
      bytes(chunk)
    } catch (error) {
      socket.destroy(error as Error)
    }
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => {
    // The close that follows is what counts.
  })
  socket.on('close', closed)
  return {
    send: (parts) => {
      if (parts.length === 1) {
        socket.write(parts[0] as Uint8Array)
        return
      }
      socket.cork()
      for (const part of parts) socket.write(part)
      socket.uncork()
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  }
}
