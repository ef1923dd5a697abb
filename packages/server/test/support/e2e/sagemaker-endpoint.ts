/** What SageMaker does between a caller and a container: passes a few headers on, tells failures as its own, loads a target model that is missing. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface Endpoint {
  readonly url: string
  /** Statuses of POST /models that the container answered. */
  readonly loads: readonly number[]
  close(): Promise<void>
}

const PASSED = [
  'content-type',
  'accept',
  'x-amzn-sagemaker-custom-attributes',
  'x-amzn-sagemaker-target-model',
  'x-amzn-sagemaker-target-variant',
]
const RETURNED = ['content-type', 'x-amzn-sagemaker-custom-attributes']

/** An endpoint in front of the container at `container`; `modelUrl` says where a target model lies. */
export async function openEndpoint(container: string, modelUrl: (target: string) => string = String): Promise<Endpoint> {
  const loads: number[] = []
  const load = async (target: string): Promise<string> => {
    const name = createHash('sha256').update(target).digest('hex').slice(0, 32)
    const answer = await fetch(`${container}/models`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model_name: name, url: modelUrl(target) }),
    })
    await answer.body?.cancel()
    loads.push(answer.status)
    return name
  }
  const server = createServer((request, response) => {
    forward(container, load, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}`,
    loads,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function forward(
  container: string,
  load: (target: string) => Promise<string>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!/^\/endpoints\/[\w-]+\/invocations$/.test(request.url ?? '')) throw new Error(`no endpoint at ${request.url}`)
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk as Uint8Array)
  const headers = Object.fromEntries(
    PASSED.flatMap((name) => (typeof request.headers[name] === 'string' ? [[name, request.headers[name]]] : [])),
  )
  const target = headers['x-amzn-sagemaker-target-model']
  const path = target === undefined ? '/invocations' : `/models/${await load(target)}/invoke`
  const answer = await fetch(`${container}${path}`, { method: 'POST', headers, body: Buffer.concat(chunks) })
  const body = Buffer.from(await answer.arrayBuffer())
  if (answer.status >= 400) {
    const failure = {
      Message: `Received client error (${answer.status})`,
      OriginalStatusCode: answer.status,
      OriginalMessage: body.toString('utf8'),
    }
    response.writeHead(424, { 'content-type': 'application/json', 'x-amzn-errortype': 'ModelError' }).end(JSON.stringify(failure))
    return
  }
  const kept = Object.fromEntries(
    RETURNED.flatMap((name) => (answer.headers.has(name) ? [[name, answer.headers.get(name) as string]] : [])),
  )
  response.writeHead(200, { ...kept, 'x-amzn-invoked-production-variant': 'AllTraffic' }).end(body)
}
