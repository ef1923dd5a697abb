/** Bundles an entry as a web page would get it. */
import { rolldown } from 'rolldown'

export interface Bundle {
  readonly code: string
  /** Modules that it would still ask for at run time. */
  readonly imports: readonly string[]
  readonly warnings: readonly string[]
}

/** One ES module for browsers, minified unless `readable`. */
export async function bundleForBrowser(entry: string, form: 'minified' | 'readable'): Promise<Bundle> {
  const warnings: string[] = []
  const build = await rolldown({ input: entry, platform: 'browser', onLog: (_level, log) => warnings.push(log.message) })
  try {
    const { output } = await build.generate({ format: 'es', minify: form === 'minified', codeSplitting: false })
    const [chunk] = output
    return { code: chunk.code, imports: [...chunk.imports, ...chunk.dynamicImports], warnings }
  } finally {
    await build.close()
  }
}
