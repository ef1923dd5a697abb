export interface VersionChoiceProps {
  readonly ready: readonly string[]
  readonly serving: string | undefined
  readonly versions: readonly (string | undefined)[]
  readonly onVersions: (versions: readonly (string | undefined)[]) => void
}

/** The version to ask, and a second one to compare it with. */
export function VersionChoice({ ready, serving, versions, onVersions }: VersionChoiceProps) {
  const [first, second] = versions
  const isComparing = versions.length > 1
  const newest = serving ?? ready.at(-1) ?? ''
  const other = (version: string) => ready.findLast((candidate) => candidate !== version) ?? version
  const compare = () => onVersions(isComparing ? [first] : [first ?? newest, other(first ?? newest)])
  return (
    <div className="version-choice">
      <Choice
        label="Version"
        ready={ready}
        value={first ?? newest}
        onValue={(version) => onVersions(isComparing ? [version, second] : [version])}
      />
      <button type="button" className="button small" aria-pressed={isComparing} onClick={compare}>
        Compare
      </button>
      {isComparing && <Choice label="with" ready={ready} value={second ?? newest} onValue={(version) => onVersions([first, version])} />}
    </div>
  )
}

interface ChoiceProps {
  readonly label: string
  readonly ready: readonly string[]
  readonly value: string
  readonly onValue: (version: string) => void
}

function Choice({ label, ready, value, onValue }: ChoiceProps) {
  return (
    <label className="choice">
      {label}
      <select className="input" value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        {ready.map((version) => (
          <option key={version}>{version}</option>
        ))}
      </select>
    </label>
  )
}
