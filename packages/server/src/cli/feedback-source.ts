/** Where marked answers come from: the project's own store, or a running server. */
import type { FeedbackInfo } from '@slipway/client'
import { type JsonValue, parseJson, quoted } from '@slipway/protocol'
import { entryJson, feedbackOf } from '../api/feedback-record.ts'
import { systemClock } from '../base/clock.ts'
import { createRecords } from '../stores/catalog.ts'
import { connect, told } from './connection.ts'
import { CommandError, EXIT } from './exit.ts'

export interface FeedbackSource extends AsyncDisposable {
  /** As people read it: an address, or the store's file. */
  readonly name: string
  /** All that is stored, the oldest first; integers past 2^53-1 are bigint. Can be asked more than once. */
  entries(): AsyncIterable<FeedbackInfo>
}

const PAGE = 20

/** Through the API, page by page. */
export function remoteFeedback(url: string, modelName: string): FeedbackSource {
  const model = connect(url).model(modelName)
  return {
    name: url,
    entries: async function* () {
      for (let after: string | undefined; ; ) {
        const page = await told(model.feedbackPage({ limit: PAGE, after }))
        yield* page.entries
        if (page.next === undefined) return
        after = page.next
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Straight from the store, which a server may be using meanwhile. */
export function storedFeedback(url: string, modelName: string): FeedbackSource {
  if (url === 'memory:')
    throw new CommandError(EXIT.usage, 'this project keeps feedback in the memory of its server; name the running server with --url')
  const records = createRecords(url, systemClock)
  const collection = feedbackOf(records, modelName)
  return {
    name: url,
    entries: async function* () {
      for (let after: string | undefined; ; ) {
        const page = await collection.list({ limit: PAGE, ...(after === undefined ? {} : { after }) }).catch((cause: Error) => {
          throw new CommandError(EXIT.failed, `${quoted(url)}: ${cause.message}`, { cause })
        })
        for (const record of page.records) yield plain(parseJson(Buffer.from(entryJson(modelName, record)))) as FeedbackInfo
        if (page.next === undefined) return
        after = page.next
      }
    },
    [Symbol.asyncDispose]: () => records.close(),
  }
}

function plain(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (!(value instanceof Map)) return value
  const object = Object.create(null)
  for (const [name, item] of value as ReadonlyMap<string, JsonValue>) object[name] = plain(item)
  return object
}
