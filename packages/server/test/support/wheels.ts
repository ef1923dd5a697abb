/** Packages for tests of environments: tiny wheels in a folder, so that nothing is asked of an index. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EnvironmentSpec } from '../../src/environments/environment.ts'

export interface Wheel {
  readonly name: string
  readonly version: string
  readonly requires?: readonly string[]
}

const WRITE = `
import json, sys, zipfile
folder, wheels = sys.argv[1], json.loads(sys.argv[2])
for wheel in wheels:
    name, version = wheel["name"], wheel["version"]
    info = f"{name}-{version}.dist-info"
    requires = "".join(f"Requires-Dist: {one}\\n" for one in wheel.get("requires", []))
    files = {
        f"{name}.py": f"version = {version!r}\\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{requires}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    record = "".join(f"{path},,\\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(path), text)
`

/** Writes them into a new folder `wheels` of this one; answers the options of a requirements file that find nothing else. */
export function writeWheels(folder: string, wheels: readonly Wheel[]): readonly string[] {
  const place = join(folder, 'wheels')
  mkdirSync(place, { recursive: true })
  execFileSync('python3', ['-c', WRITE, place, JSON.stringify(wheels)])
  return ['--no-index', `--find-links ${place}`]
}

export function hashOf(folder: string, { name, version }: Wheel): string {
  const file = readFileSync(join(folder, 'wheels', `${name}-${version}-py3-none-any.whl`))
  return `sha256:${createHash('sha256').update(file).digest('hex')}`
}

/** What a requirements file with these options and packages asks for. */
export const specOf = (options: readonly string[], ...requirements: readonly string[]): EnvironmentSpec => ({
  requirements,
  options,
  source: 'requirements.txt',
})
