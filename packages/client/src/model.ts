/** One model, or one pinned version of it, on a server. */
import type { FeedbackPage, ModelInfo, PredictAnswer, Signature } from '@slipway/protocol'
import type { CallOptions, CallScope } from './call-scope.ts'
import { type Feedback, type FeedbackListOptions, feedbackCall, pageQuery, readFeedbackPage } from './feedback.ts'
import { type Answer, inferCall, type PredictOptions, readAnswer } from './inference.ts'
import { type Input, type PreparedInput, prepareInput } from './input.ts'
import { parseSignature } from './metadata.ts'
import type { Outputs } from './output.ts'
import { readPlain, writePlain } from './plain-json.ts'
import { ready } from './probe.ts'
import { SlipwayError } from './slipway-error.ts'
import type { Transport } from './transport.ts'

/** Inputs and outputs of a model by name, as `typesFor` writes them. */
export interface ModelTypes {
  readonly inputs: object
  readonly outputs: object
}

/** What is known of a model when nothing was generated. */
export interface AnyModel extends ModelTypes {
  readonly inputs: Readonly<Record<string, Input | undefined>>
  readonly outputs: Outputs
}

type NameOf<T> = keyof T & string

/** A remote model. Keep it: what it learned of the signature is kept with it. */
export class Model<Types extends ModelTypes = AnyModel> {
  readonly name: string
  readonly version: string | undefined
  readonly #transport: Transport
  readonly #binary: boolean
  #signature: Promise<Signature> | undefined

  constructor(transport: Transport, name: string, options: { readonly version?: string | undefined; readonly binary: boolean }) {
    this.name = name
    this.version = options.version
    this.#transport = transport
    this.#binary = options.binary
  }

  /** The model's outputs for `inputs`, by name. Throws SlipwayError. */
  async predict<Name extends NameOf<Types['outputs']> = NameOf<Types['outputs']>>(
    inputs: Types['inputs'],
    options: PredictOptions<Name> = {},
  ): Promise<Pick<Types['outputs'], Name>> {
    const { outputs } = await this.answer(inputs, options)
    return outputs
  }

  /** `predict`, with the version that answered, the request's id and where the time went. */
  async answer<Name extends NameOf<Types['outputs']> = NameOf<Types['outputs']>>(
    inputs: Types['inputs'],
    options: PredictOptions<Name> = {},
  ): Promise<Answer<Pick<Types['outputs'], Name>>> {
    const answer = await this.#transport.within(options, async (scope) => {
      const prepared = await this.#prepare(inputs, scope)
      const call = inferCall(`${this.#path}/infer`, prepared, { ...options, binary: options.binary ?? this.#binary })
      try {
        return readAnswer(await this.#transport.send(call, scope), scope)
      } catch (error) {
        // The model may have been replaced by one of another signature since that was asked for.
        if (SlipwayError.is(error, 'INVALID_ARGUMENT')) this.#signature = undefined
        throw error
      }
    })
    // The generated types say what the server's signature said; the values are made from what it sent.
    return answer as Answer<unknown> as Answer<Pick<Types['outputs'], Name>>
  }

  /**
   * The answer in plain values, with the labels of scores, as the playground shows it. Takes values by input name,
   * or one encoded picture for a model of one such input. Integers past 2^53-1 come as bigint, NaN and infinities as strings.
   */
  async plain(inputs: Readonly<Record<string, unknown>> | Blob, options: CallOptions = {}): Promise<PredictAnswer> {
    const body = inputs instanceof Blob ? inputs : writePlain({ inputs })
    const headers = {
      'content-type': inputs instanceof Blob ? inputs.type || 'application/octet-stream' : 'application/json',
      ...(this.version === undefined ? {} : { 'x-slipway-version': this.version }),
    }
    const call = { method: 'POST', path: `/api/v1/models/${encodeURIComponent(this.name)}/predict`, headers, body } as const
    return this.#transport.within(options, async (scope) => readPlain((await this.#transport.send(call, scope)).body) as PredictAnswer)
  }

  /**
   * Stores what a person says of an answer, with its input, outputs and version; resolves with its id. Throws SlipwayError:
   * FAILED_PRECONDITION when the server keeps no more of them. Is never sent twice.
   */
  async feedback(given: Feedback<Types['inputs'], Partial<Types['outputs']>>, options: CallOptions = {}): Promise<{ readonly id: string }> {
    return this.#transport.within(options, async (scope) => {
      const call = await feedbackCall(this.#feedbackPath, given, await this.#prepare(given.input, scope))
      return (await this.#transport.json(call, scope)) as { readonly id: string }
    })
  }

  /** A page of the marked answers that are stored, the oldest first. */
  async feedbackPage(options: FeedbackListOptions = {}): Promise<FeedbackPage> {
    const call = { method: 'GET', path: this.#feedbackPath + pageQuery(options) } as const
    return this.#transport.within(options, async (scope) => readFeedbackPage((await this.#transport.send(call, scope)).body))
  }

  /** Inputs and outputs. Asked for once, and again after the server has refused an input. */
  async signature(options: CallOptions = {}): Promise<Signature> {
    return this.#transport.within(options, (scope) => scope.wait(this.#learn()))
  }

  /** True when the model can answer; false too when no server can be reached. */
  async ready(options: CallOptions = {}): Promise<boolean> {
    return ready(this.#transport, `${this.#path}/ready`, options)
  }

  /** Everything the server tells of the model: versions, signature, task, labels, figures. */
  async info(options: CallOptions = {}): Promise<ModelInfo> {
    const call = { method: 'GET', path: `/api/v1/models/${encodeURIComponent(this.name)}` } as const
    return (await this.#transport.within(options, (scope) => this.#transport.json(call, scope))) as ModelInfo
  }

  get #path(): string {
    const version = this.version === undefined ? '' : `/versions/${encodeURIComponent(this.version)}`
    return `/v2/models/${encodeURIComponent(this.name)}${version}`
  }

  get #feedbackPath(): string {
    return `/api/v1/models/${encodeURIComponent(this.name)}/feedback`
  }

  async #prepare(inputs: object, scope: CallScope): Promise<Map<string, PreparedInput>> {
    const prepared = new Map<string, PreparedInput>()
    for (const [name, value] of Object.entries(inputs as AnyModel['inputs']))
      if (value !== undefined) prepared.set(name, await prepareInput(name, value, () => scope.wait(this.#learn())))
    return prepared
  }

  /** Has a deadline of its own: several calls may be waiting for it, and one of them giving up must not fail the others. */
  #learn(): Promise<Signature> {
    if (this.#signature !== undefined) return this.#signature
    const asked = this.#transport
      .within({}, (scope) => this.#transport.json({ method: 'GET', path: this.#path }, scope))
      .then(parseSignature)
      .catch((error: unknown) => {
        if (this.#signature === asked) this.#signature = undefined
        throw error
      })
    this.#signature = asked
    return asked
  }
}
