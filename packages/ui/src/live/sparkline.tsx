import { sparkarea, sparkline } from './history.ts'

export interface SparklineProps {
  readonly values: readonly number[]
  /** What the line shows, for those who do not see it. */
  readonly label: string
}

const WIDTH = 240
const HEIGHT = 36

/** The last minutes of one figure; where nothing happened in them, a line for it to rise from. */
export function Sparkline({ values, label }: SparklineProps) {
  const isQuiet = values.every((value) => value === 0)
  return (
    <div className={isQuiet ? 'spark is-quiet' : 'spark'}>
      <svg className="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <path className="spark-area" d={sparkarea(values, WIDTH, HEIGHT)} />
        <path className="spark-line" d={sparkline(values, WIDTH, HEIGHT)} vectorEffect="non-scaling-stroke" />
      </svg>
      {isQuiet && <span className="spark-note">quiet so far</span>}
    </div>
  )
}
