/** A comparison of two models for people: a table of outputs, the rows that differ most, the verdict. */
import type { Element } from '../models/elements.ts'
import type { DifferingRow, OutputParity, ParityReport } from '../models/parity.ts'
import type { Output } from './output.ts'

export function printParity(output: Output, report: ParityReport): void {
  const { outputs, worst, agrees, why, notes } = report
  if (outputs.length > 0)
    output.table(
      [
        { heading: 'Output' },
        { heading: 'Max difference', align: 'right' },
        { heading: 'Mean', align: 'right' },
        { heading: 'Max relative', align: 'right' },
        { heading: 'Same label', align: 'right' },
        { heading: 'Rows beyond', align: 'right' },
      ],
      outputs.map((one) => outputRow(one, report.rows)),
    )
  if (worst.length > 0) {
    output.line()
    output.line(output.paint('dim', worst.length === 1 ? 'The row that differs' : `The ${worst.length} rows that differ most`))
    output.table(
      [
        { heading: 'Row', align: 'right' },
        { heading: 'Output' },
        { heading: 'Reference', align: 'right' },
        { heading: 'Candidate', align: 'right' },
        { heading: 'Difference', align: 'right' },
      ],
      worst.map((row) => worstRow(row, report)),
    )
  }
  output.line()
  for (const note of notes) output.line(`  ${output.paint('yellow', note)}`)
  output.line(output.paint(agrees ? 'green' : 'red', `${agrees ? '✔' : '✖'} ${why}`))
}

function outputRow(
  { name, maxDifference, meanDifference, maxRelative, labelAgreement, rowsBeyond }: OutputParity,
  rows: number,
): readonly string[] {
  const text = Number.isFinite(maxDifference)
  return [
    name,
    text ? differenceText(maxDifference) : 'no number',
    text ? differenceText(meanDifference) : '',
    text ? differenceText(maxRelative) : '',
    labelAgreement === undefined ? '' : `${shareText(labelAgreement)} %`,
    `${rowsBeyond} of ${rows}`,
  ]
}

function worstRow({ row, output, index, reference, candidate, difference }: DifferingRow, { outputs }: ParityReport): readonly string[] {
  const wide = (outputs.find(({ name }) => name === output)?.elements ?? 0) > row
  return [
    String(row),
    wide && index > 0 ? `${output}[${index}]` : output,
    elementText(reference),
    elementText(candidate),
    Number.isFinite(difference) ? differenceText(difference) : 'another',
  ]
}

/** FP32 has no more digits than these. */
const elementText = (element: Element): string =>
  typeof element === 'number' && !Number.isInteger(element) ? String(Number(element.toPrecision(9))) : String(element)

/** Never 100 for what is less. */
function shareText(share: number): string {
  return share === 1 ? '100' : Math.min(99.99, share * 100).toFixed(2)
}

const differenceText = (value: number): string => (value === 0 ? '0' : value.toPrecision(3))
