/** What is said of isolated Python environments: what goes into one, and what one is once it is built. */

/** What a project asks for. */
export interface EnvironmentSpec {
  /** A version or what it must meet: `3.11`, `>=3.10,<3.13`; any that works when absent. */
  readonly python?: string
  /** Lines of a requirements file, without comments and without options. */
  readonly requirements: readonly string[]
  /** Lines that bind versions without asking for a package. */
  readonly constraints?: readonly string[]
  /** The only files that may be installed for a package, by its name: `sha256:…`. */
  readonly hashes?: Readonly<Record<string, readonly string[]>>
  /** Options of the file that say where packages come from, such as `--extra-index-url …`. */
  readonly options?: readonly string[]
  /** Packages of the operating system; named, never installed. */
  readonly systemPackages?: readonly string[]
  /** The files that all this comes from, relative to the project; empty when there is none. */
  readonly source: string
}

export interface InstalledPackage {
  readonly name: string
  readonly version: string
}

export interface Environment {
  /** What makes it the one it is, as 16 hexadecimal digits. */
  readonly id: string
  readonly folder: string
  /** Path of its interpreter. */
  readonly python: string
  readonly pythonVersion: string
  readonly packages: readonly InstalledPackage[]
  readonly builtAt: string
  /** Where its requirements came from. */
  readonly source: string
  readonly requirements: readonly string[]
}
