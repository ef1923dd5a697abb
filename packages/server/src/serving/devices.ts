/** Who holds what of the memory of each device, by the budgets that models are given: a model that does not fit is refused before it is opened. */
import { quoted, ServeError } from '@slipway/protocol'
import type { Provider } from '../config/provider.ts'

export interface Claim {
  /** Who asks, for messages: `digits@2`. */
  readonly holder: string
  readonly providers: readonly Provider[]
  /** Each holds as much. */
  readonly replicas: number
}

interface Held {
  readonly holder: string
  readonly deviceId: number
  readonly memoryBytes: number
}

export interface Reservation {
  /** Throws FAILED_PRECONDITION when nobody knows how much memory the device has: asked once the model is open, since what keeps it from opening tells more. */
  confirm(): void
  /** Takes it out of the count again. */
  release(): void
}

export interface Devices {
  /** Counts the claim in; without a budget there is nothing to count. Rejects with RESOURCE_EXHAUSTED when it does not fit, which names who holds what. */
  reserve(claim: Claim): Promise<Reservation>
}

/** `sizeOf` answers the octets of a device, undefined for one that is not known. It is asked for each claim. */
export function createDevices(sizeOf: (deviceId: number) => Promise<number | undefined>): Devices {
  const held = new Set<Held>()
  return {
    reserve: async (claim) => {
      const wanted = wantedOf(claim)
      const sizes = await Promise.all(wanted.map(({ deviceId }) => sizeOf(deviceId)))
      // From here on in one turn, so that no other claim comes between the question and its answer.
      for (const [index, one] of wanted.entries()) refuseWhatDoesNotFit(one, sizes[index] ?? Number.POSITIVE_INFINITY, held)
      for (const one of wanted) held.add(one)
      const unknown = wanted.find((_, index) => sizes[index] === undefined)
      return {
        confirm: () => {
          if (unknown !== undefined) throw unknownDevice(unknown.deviceId)
        },
        release: () => {
          for (const one of wanted) held.delete(one)
        },
      }
    },
  }
}

const unknownDevice = (id: number) =>
  new ServeError(
    'FAILED_PRECONDITION',
    `nobody knows how much memory device ${id} has, so none of it can be given out: nvidia-smi does not list it; say so with devices: [{ id: ${id}, memoryBytes: 16GB }] in slipway.yaml, or take memoryBytes out`,
  )

/** Providers on one device share its memory, so the larger of their budgets counts. */
function wantedOf({ holder, providers, replicas }: Claim): readonly Held[] {
  const most = new Map<number, number>()
  for (const { deviceId, memoryBytes } of providers)
    if (deviceId !== undefined && memoryBytes !== undefined) most.set(deviceId, Math.max(memoryBytes, most.get(deviceId) ?? 0))
  return [...most].map(([deviceId, memoryBytes]) => ({ holder, deviceId, memoryBytes: memoryBytes * replicas }))
}

function refuseWhatDoesNotFit({ holder, deviceId, memoryBytes }: Held, size: number, held: ReadonlySet<Held>): void {
  const others = [...held].filter((one) => one.deviceId === deviceId)
  const left = others.reduce((rest, one) => rest - one.memoryBytes, size)
  if (memoryBytes <= left) return
  const holders = others.map((one) => `${one.holder} holds ${megabytes(one.memoryBytes)}`).join(', ') || 'nobody holds any of it'
  const model = modelOf(holder)
  const help = others.some((one) => modelOf(one.holder) === model)
    ? 'a new version is opened beside the old one, so there must be room for both: unload the old one first'
    : 'unload one, or lower its memoryBytes'
  throw new ServeError(
    'RESOURCE_EXHAUSTED',
    `${quoted(holder)} is to have ${megabytes(memoryBytes)} of device ${deviceId}, which has ${megabytes(size)}, and ${megabytes(left)} are left: ${holders}; ${help}`,
  )
}

const modelOf = (holder: string) => holder.slice(0, holder.lastIndexOf('@'))
const megabytes = (octets: number) => `${Math.round(octets / 1e6)} MB`
