import { systemClock } from '../../base/clock.ts'
import { nvidiaDriver } from '../../base/nvidia.ts'
import { toolVariables } from '../../config/load.ts'
import { type CudaWish, cudaOf, driverFor, installedCuda } from '../../environments/cuda.ts'
import { createEnvironments } from '../../environments/environments.ts'
import { type Check, type CheckContext, type Finding, ok } from './check.ts'
import { type PythonProject, pythonProjects } from './python-projects.ts'

/** Whether the driver fits the CUDA that the frameworks of Python models bring along. */
export const cuda: Check = {
  name: 'GPU frameworks',
  run: async (context) => {
    const projects = await pythonProjects(context.paths)
    const driver = await nvidiaDriver()
    const wishes: (readonly [string, CudaWish])[] = []
    for (const project of projects) {
      const wish = await wishOf(project, context)
      if (wish !== undefined) wishes.push([project.model, wish])
    }
    for (const [model, wish] of wishes) {
      const finding = judge(model, wish, driver)
      if (finding !== undefined) return finding
    }
    const there = driver === undefined ? 'no NVIDIA driver' : `driver ${driver}`
    return ok(
      wishes.length === 0
        ? `no model brings CUDA; ${there}`
        : `${wishes.map(([model, { major }]) => `${model}: CUDA ${major}`).join(', ')}; ${there}`,
    )
  },
}

/** What is installed, where it is built already; else what the requirements lead to. */
async function wishOf({ spec }: PythonProject, { config }: CheckContext): Promise<CudaWish | undefined> {
  const folder = config instanceof Error ? undefined : config.config.environments.folder
  if (folder === undefined) return cudaOf(spec)
  const environments = createEnvironments({ folder, build: 'never', clock: systemClock, env: toolVariables() })
  const built = await environments.find(spec).catch(() => undefined)
  return built === undefined ? cudaOf(spec) : installedCuda(built.packages)
}

function judge(model: string, { requirement, major }: CudaWish, driver: string | undefined): Finding | undefined {
  const least = driverFor(major)
  if (driver === undefined)
    return {
      status: 'warning',
      what: `${model} brings CUDA ${major} (${requirement}), and there is no NVIDIA driver: it runs by the CPU`,
      why: 'The libraries of CUDA take gigabytes of disk; packages for the CPU alone do without.',
      next: cpuOnly(requirement),
    }
  if (least === undefined || Number(driver.split('.')[0]) >= least) return undefined
  const fitting = [13, 12, 11].find(
    (other) => other < major && Number(driver.split('.')[0]) >= (driverFor(other) ?? Number.POSITIVE_INFINITY),
  )
  return {
    status: 'failed',
    what: `${model} brings CUDA ${major} (${requirement}), which driver ${driver} is too old for`,
    why: `CUDA ${major} needs driver ${least} or newer.`,
    next:
      fitting === undefined
        ? `install NVIDIA driver ${least} or newer`
        : `install NVIDIA driver ${least} or newer, or take packages for CUDA ${fitting}`,
  }
}

function cpuOnly(requirement: string): string {
  if (/^torch/.test(requirement))
    return 'put --extra-index-url https://download.pytorch.org/whl/cpu into the requirements, or install a driver'
  if (/^tensorflow/.test(requirement)) return 'ask for tensorflow-cpu in its place, or install a driver'
  return 'ask for its package for the CPU, or install a driver'
}
