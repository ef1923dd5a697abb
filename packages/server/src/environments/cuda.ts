/** Which CUDA the packages of an environment bring along, and which NVIDIA driver that needs. */

import type { EnvironmentSpec, InstalledPackage } from './environment.ts'
import { versionOf } from './python-version.ts'
import { packageName } from './requirements.ts'

export interface CudaWish {
  /** As it is asked for. */
  readonly requirement: string
  /** 12 of 12.8. */
  readonly major: number
}

/** Least major version of the driver by CUDA's (https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html). */
const DRIVERS: Readonly<Record<number, number>> = { 11: 450, 12: 525, 13: 580 }

/** Undefined for a CUDA that is not known here. */
export const driverFor = (major: number): number | undefined => DRIVERS[major]

/** PyTorch's wheels on PyPI for Linux, by the first version that needs that CUDA, as their own metadata says. */
const TORCH: readonly (readonly [since: readonly number[], major: number])[] = [
  [[2, 11], 13],
  [[2, 1], 12],
  [[1, 13], 11],
]

/** The CUDA that the requirements lead to, where they tell; packages of PyPI for Linux are meant. */
export function cudaOf({ requirements, options = [] }: Pick<EnvironmentSpec, 'requirements' | 'options'>): CudaWish | undefined {
  const index = /\/whl\/(cpu|cu(\d\d)\d)\b/.exec(options.join(' '))
  for (const requirement of requirements) {
    const major = majorOf(requirement, index)
    if (major !== undefined) return { requirement, major }
  }
  return undefined
}

function majorOf(requirement: string, index: RegExpExecArray | null): number | undefined {
  const name = packageName(requirement)
  const told = /\+cu(\d\d)\d|-cu(?:da)?(\d\d)x?\b|\[[^\]]*\bcuda(\d\d)(?!\d)/.exec(requirement)
  if (told !== null) return Number(told[1] ?? told[2] ?? told[3])
  // TensorFlow's own extra has brought CUDA 12 since 2.15.
  if (/^tensorflow\[[^\]]*\band-cuda\b/.test(requirement)) return 12
  if (name !== 'torch' || /\+cpu\b/.test(requirement)) return undefined
  if (index !== null) return index[2] === undefined ? undefined : Number(index[2])
  const pinned = /[=~]=\s*(\d+(?:\.\d+)*)/.exec(requirement)?.[1]
  if (pinned === undefined) return TORCH[0]?.[1]
  const [major = 0, minor = 0] = versionOf(pinned)
  return TORCH.find(([[sinceMajor = 0, sinceMinor = 0]]) => major > sinceMajor || (major === sinceMajor && minor >= sinceMinor))?.[1]
}

/** The CUDA that is installed there. */
export function installedCuda(packages: readonly InstalledPackage[]): CudaWish | undefined {
  for (const { name, version } of packages) {
    const runtime = /^nvidia-cuda-runtime(?:-cu(\d+))?$/.exec(packageName(name))
    if (runtime !== null) return { requirement: `${name} ${version}`, major: Number(runtime[1] ?? version.split('.')[0]) }
  }
  return undefined
}
