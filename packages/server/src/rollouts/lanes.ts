/** One task for each name, never twice at once: asked for again while it runs, it runs once more after that. */
export class Lanes {
  readonly #task: (name: string) => Promise<void>
  readonly #running = new Map<string, { again: boolean; readonly done: Promise<void> }>()

  constructor(task: (name: string) => Promise<void>) {
    this.#task = task
  }

  /** Resolves once the task has run to its end after this call, and nobody has asked for more; rejects when it does. */
  run(name: string): Promise<void> {
    const running = this.#running.get(name)
    if (running !== undefined) {
      running.again = true
      return running.done
    }
    // The task starts in a turn of its own, so that its lane is known before it can end.
    const lane = { again: true, done: Promise.resolve().then(() => this.#drive(name)) }
    this.#running.set(name, lane)
    return lane.done
  }

  /** Resolves once nothing runs. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ done }) => done))
  }

  async #drive(name: string): Promise<void> {
    try {
      for (let lane = this.#running.get(name); lane?.again === true; ) {
        lane.again = false
        await this.#task(name)
      }
    } finally {
      this.#running.delete(name)
    }
  }
}
