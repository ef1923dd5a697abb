/** Steady traffic on one model, each request with an id and numbers of its own, and what became of every one. */
import { Agent, request } from 'node:http'

export interface Outcome {
  /** The x-request-id that was sent. */
  readonly id: string
  /** HTTP status; 0 when the connection failed. */
  readonly status: number
  /** True for an answer of 200 that holds this request's own numbers. */
  readonly right: boolean
  /** x-slipway-model of the answer. */
  readonly servedBy: string
  /** The answer's text, or why there is none. */
  readonly text: string
}

const TICK_MS = 5

/** A model that gives back the FP32 row of four that it was sent. */
export class Traffic {
  readonly outcomes: Outcome[] = []
  readonly #url: URL
  readonly #agent = new Agent({ keepAlive: true })
  #sent = 0

  constructor(server: string, model: string) {
    this.#url = new URL(`/v2/models/${model}/infer`, server)
  }

  /** Outcomes that are no right answer. */
  get faults(): readonly Outcome[] {
    return this.outcomes.filter((outcome) => !outcome.right)
  }

  /** Sends one request and resolves when it is settled; never rejects. */
  async send(): Promise<void> {
    this.#sent += 1
    const index = this.#sent
    const row = [index, index + 0.25, -index, 1 / 8]
    const body = JSON.stringify({ inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: row }] })
    const id = `traffic-${index}`
    const { status, servedBy, text } = await this.#exchange(id, body)
    this.outcomes.push({ id, status, servedBy, text, right: status === 200 && holds(text, row) })
  }

  #exchange(id: string, body: string): Promise<Pick<Outcome, 'status' | 'servedBy' | 'text'>> {
    return new Promise((resolve) => {
      const failed = (error: Error) => resolve({ status: 0, servedBy: '', text: error.message })
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-request-id': id }
      const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, servedBy: String(answer.headers['x-slipway-model'] ?? ''), text }))
        answer.on('error', failed)
      })
      sent.on('error', failed)
      sent.end(body)
    })
  }

  /** `callers` that each send their next request when they have their answer, until `over`. */
  async closedLoop(callers: number, over: () => boolean): Promise<void> {
    const call = async () => {
      while (!over()) await this.send()
    }
    await Promise.all(Array.from({ length: callers }, call))
  }

  /** Sends so many a second, whatever becomes of them; `stop` resolves when all are settled. */
  openLoop(perSecond: number): { stop(): Promise<void> } {
    const pending = new Set<Promise<void>>()
    const startedAt = performance.now()
    let sent = 0
    const timer = setInterval(() => {
      for (const due = ((performance.now() - startedAt) / 1000) * perSecond; sent < due; sent += 1) {
        const each = this.send().finally(() => pending.delete(each))
        pending.add(each)
      }
    }, TICK_MS)
    const stop = async () => {
      clearInterval(timer)
      await Promise.all(pending)
    }
    return { stop }
  }

  close(): void {
    this.#agent.destroy()
  }
}

function holds(text: string, row: readonly number[]): boolean {
  try {
    const { outputs } = JSON.parse(text) as { outputs: readonly [{ data: readonly number[] }] }
    return (
      row.length === outputs[0].data.length && row.every((value, at) => Math.fround(value) === Math.fround(outputs[0].data[at] as number))
    )
  } catch {
    return false
  }
}
