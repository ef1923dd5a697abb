/**
 * The shared libraries of an execution provider: which ones onnxruntime loads, which of them are missing, and how its documentation
 * installs them. onnxruntime itself says no more than "Failed to load shared library" to who calls it.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { ProviderName } from '../config/provider.ts'

export interface Library {
  readonly file: string
  readonly part: keyof typeof PARTS
}

const CUDA_STEP =
  'install CUDA 12 and cuDNN 9, and add their folders to LD_LIBRARY_PATH (https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html#requirements)'
/** Where libraries come from, and how onnxruntime's documentation has them installed. */
const PARTS = {
  'onnxruntime-node':
    'run ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false, which downloads them from nuget.org (README of onnxruntime-node, "CUDA EP Installation")',
  'the NVIDIA driver': 'install the driver of the GPU; in a container, start it with --gpus all and the NVIDIA container toolkit',
  'CUDA 12': CUDA_STEP,
  'cuDNN 9': CUDA_STEP,
  'TensorRT 10':
    'install TensorRT 10, and add its folder to LD_LIBRARY_PATH (https://onnxruntime.ai/docs/execution-providers/TensorRT-ExecutionProvider.html#requirements)',
  Vulkan: 'install the Vulkan loader and the driver of the GPU (Debian: libvulkan1 mesa-vulkan-drivers)',
} as const

const of = (part: Library['part'], ...files: readonly string[]): readonly Library[] => files.map((file) => ({ file, part }))
const CUDA: readonly Library[] = [
  ...of('onnxruntime-node', 'libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'),
  ...of('the NVIDIA driver', 'libcuda.so.1'),
  ...of('CUDA 12', 'libcudart.so.12', 'libcublas.so.12', 'libcublasLt.so.12', 'libcufft.so.11', 'libcurand.so.10'),
  ...of('cuDNN 9', 'libcudnn.so.9'),
]
/** On Linux; elsewhere a provider's libraries come inside onnxruntime-node or with the system. */
const LINUX: Readonly<Partial<Record<ProviderName, readonly Library[]>>> = {
  cuda: CUDA,
  tensorrt: [
    ...of('onnxruntime-node', 'libonnxruntime_providers_tensorrt.so'),
    ...CUDA,
    ...of('TensorRT 10', 'libnvinfer.so.10', 'libnvonnxparser.so.10'),
  ],
  webgpu: of('Vulkan', 'libvulkan.so.1'),
  fake: of('onnxruntime-node', 'libonnxruntime_providers_fake.so'),
}

export function librariesOf(provider: ProviderName, platform = process.platform): readonly Library[] {
  return platform === 'linux' ? (LINUX[provider] ?? []) : []
}

/** Where onnxruntime looks for its own libraries: beside its binding. */
function bindingFolder(): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node')
  return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch)
}

/** Those that the loader of this system does not find. A library that loads without being a module of Node is there; Node says so by throwing. */
export function missingLibraries(provider: ProviderName, load: (path: string) => void = loadLibrary): readonly Library[] {
  return librariesOf(provider).filter(({ file, part }) => {
    if (part === 'onnxruntime-node') return !existsSync(join(bindingFolder(), file))
    try {
      load(file)
      return false
    } catch (error) {
      return /cannot open shared object file/.test(String(error))
    }
  })
}

function loadLibrary(path: string): void {
  process.dlopen({ exports: {} }, path)
}

/** The end of a sentence: what is missing, by where it comes from. */
export function missingText(missing: readonly Library[]): string {
  return byPart(missing)
    .map(([part, files]) => `${files.join(', ')} (of ${part})`)
    .join('; ')
}

/** Where the files of a provider are looked for, for the operator. `libraryPath` is LD_LIBRARY_PATH, where it is known. */
export function whereLooked(libraries: readonly Library[], libraryPath?: string): string {
  const own = libraries.some(({ part }) => part === 'onnxruntime-node') ? [`in ${bindingFolder()}`] : []
  const path = libraryPath === undefined ? 'LD_LIBRARY_PATH' : `LD_LIBRARY_PATH (${libraryPath || 'empty'})`
  const others = libraries.some(({ part }) => part !== 'onnxruntime-node')
    ? [`in the folders of ${path} and in those that "ldconfig -p" lists`]
    : []
  return `onnxruntime looked ${[...own, ...others].join(', and ')}`
}

/** One step for each part that is not complete. */
export function installSteps(missing: readonly Library[]): readonly string[] {
  return [...new Set(byPart(missing).map(([part]) => PARTS[part]))]
}

function byPart(libraries: readonly Library[]): readonly (readonly [Library['part'], readonly string[]])[] {
  return [...Map.groupBy(libraries, ({ part }) => part)].map(([part, list]) => [part, list.map(({ file }) => file)])
}
