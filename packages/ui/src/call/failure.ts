/** What went wrong with a call, in words, and what a person can do about it. */

/** `status` is absent when no answer came. */
export class CallFailure extends Error {
  readonly kind: 'NETWORK' | 'UNREADABLE' | 'REFUSED'
  readonly status?: number
  readonly requestId?: string

  constructor(kind: CallFailure['kind'], message: string, details: { status?: number; requestId?: string; cause?: unknown } = {}) {
    super(message, { cause: details.cause })
    this.name = 'CallFailure'
    this.kind = kind
    if (details.status !== undefined) this.status = details.status
    if (details.requestId !== undefined) this.requestId = details.requestId
  }
}

const LONGEST = 600

/** The failure that an answer other than 2xx tells of. */
export async function failureOf(response: Response): Promise<CallFailure> {
  const text = await response.text().catch(() => '')
  const requestId = response.headers.get('x-request-id')
  const message = errorText(text) ?? `The server answered ${response.status} ${response.statusText}`.trim()
  return new CallFailure('REFUSED', message.slice(0, LONGEST), { status: response.status, ...(requestId === null ? {} : { requestId }) })
}

function errorText(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body)
    if (typeof parsed !== 'object' || parsed === null || !('error' in parsed)) return undefined
    const { error } = parsed
    if (typeof error === 'string') return error
    return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : undefined
  } catch {
    return undefined
  }
}

const TITLES: Readonly<Record<number, readonly [title: string, advice: string]>> = {
  400: ['The model cannot take this input', 'Correct the value named here and press Predict again.'],
  401: ['This address is guarded', 'Sign in where it is guarded, then reload the page.'],
  403: ['This is not allowed from here', 'Open the page under an address that the server allows, then try again.'],
  404: ['That is not being served', 'The model or version may have been unloaded. Choose another version, or go back to the list.'],
  408: ['Sending took too long', 'Try again on a better connection, or with a smaller picture.'],
  413: ['The input is too large', 'Send a smaller picture or fewer rows, or raise limits.bodyBytes on the server.'],
  415: ['This kind of file is not understood', 'Pick a PNG, JPEG, WebP or GIF picture.'],
  422: ['The model cannot answer now', 'See the reason; the state of each version stands under “About this model”.'],
  429: ['The server is taking as much as it may', 'Wait a moment and press Predict again.'],
  500: ['The model failed on this input', 'Try another input. The request id finds the full reason in the server’s log.'],
  503: ['No replica is free to answer', 'The model is starting, restarting or overloaded. Press Predict again in a moment.'],
  504: ['The answer took longer than allowed', 'Try a smaller input, or raise limits.deadlineMs on the server.'],
}

export interface Explained {
  readonly title: string
  readonly message: string
  readonly advice: string
  readonly requestId?: string
}

/** Any thrown value as something to show. */
export function explain(error: unknown): Explained {
  if (!(error instanceof CallFailure)) {
    const message = error instanceof Error ? error.message : String(error)
    return { title: 'The page stumbled', message, advice: 'Reload the page. If it happens again, it is a fault of Slipway.' }
  }
  if (error.kind === 'NETWORK') {
    return {
      title: 'The server did not answer',
      message: 'No connection could be made.',
      advice: 'Check that “slipway serve” is still running and that this address reaches it.',
    }
  }
  if (error.kind === 'UNREADABLE')
    return { title: 'The answer cannot be read', message: error.message, advice: 'Check the address, and any proxy in between.' }
  const [title, advice] = TITLES[error.status ?? 0] ?? [
    `The server answered ${error.status}`,
    'The request id finds the full reason in the server’s log.',
  ]
  return { title, message: error.message, advice, ...(error.requestId === undefined ? {} : { requestId: error.requestId }) }
}
