/**
 * Answers every request at once without looking at it, so that the load generator can run beside something that has no socket. Prints its port,
 * and when its stdin ends the processor time it took in milliseconds, which is not to be charged to what ran beside it.
 */
import { createServer } from 'node:net'

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')
const HEAD_END = Buffer.from('\r\n\r\n')

const server = createServer((socket) => {
  let head: Buffer = Buffer.alloc(0)
  let left = 0
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk) => {
    let rest: Buffer = chunk
    while (rest.length > 0) {
      if (left === 0) {
        head = Buffer.concat([head, rest])
        const end = head.indexOf(HEAD_END)
        if (end < 0) return
        const length = Number(head.toString('latin1', 0, end).match(/content-length: *(\d+)/i)?.[1] ?? 0)
        rest = head.subarray(end + HEAD_END.length)
        head = Buffer.alloc(0)
        left = length
      }
      const taken = Math.min(left, rest.length)
      left -= taken
      rest = rest.subarray(taken)
      if (left === 0) socket.write(ANSWER)
    }
  })
})
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const address = server.address()
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`)
})
process.stdin.resume().on('end', () => {
  const { user, system } = process.cpuUsage()
  process.stdout.write(`${JSON.stringify({ cpuMs: (user + system) / 1000 })}\n`, () => process.exit(0))
})
