/**
 * The bare echo: an HTTP server of the runtime that runs this, which parses each body by JSON.parse and answers JSON of the size that
 * Slipway answers. Nothing is checked, routed, counted or run: what is left is what the runtime's HTTP and JSON cost.
 * `echo-server.ts PORT`
 */
import { createServer } from 'node:http'

interface BunServe {
  serve(options: { readonly hostname: string; readonly port: number; fetch(request: Request): Promise<Response> }): unknown
}

const hostname = '127.0.0.1'
const port = Number(process.argv[2])
const data = Array.from({ length: 16 }, (_, index) => Number(Math.fround(Math.sin(index) * 3).toPrecision(8)))
const ANSWER = { model_name: 'mlp64', model_version: '1', outputs: [{ name: 'y', datatype: 'FP32', shape: [1, 16], data }] }

function listenBun({ serve }: BunServe): void {
  serve({
    hostname,
    port,
    fetch: async (request) => {
      await request.json()
      return Response.json(ANSWER)
    },
  })
}

function listenNode(): void {
  createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      JSON.parse((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString())
      const text = JSON.stringify(ANSWER)
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      response.end(text)
    })
  }).listen(port, hostname)
}

const { Bun } = globalThis as { readonly Bun?: BunServe }
if (Bun === undefined) listenNode()
else listenBun(Bun)
