import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOutput, exactJson, type Sink } from '../../src/cli/output.ts'
import { bar, formatTable } from '../../src/cli/table.ts'

function sink(terminal?: { readonly columns: number; readonly colors: boolean }): Sink & { text: string } {
  return {
    text: '',
    ...(terminal === undefined ? {} : { isTTY: true, columns: terminal.columns, hasColors: () => terminal.colors }),
    write(part: string) {
      this.text += part
    },
  }
}

test('colour is used on a terminal that wants it, and nowhere else', () => {
  const paint = (stdout: Sink, json = false) => createOutput({ json, stdout, stderr: sink() }).paint('red', 'no')
  assert.equal(paint(sink({ columns: 80, colors: true })), '\u001b[31mno\u001b[0m')
  assert.equal(paint(sink({ columns: 80, colors: false })), 'no')
  assert.equal(paint(sink({ columns: 80, colors: true }), true), 'no')
  assert.equal(paint(sink()), 'no')
})

test('what a model is called cannot steer the terminal', () => {
  const stdout = sink({ columns: 80, colors: false })
  const output = createOutput({ json: false, stdout, stderr: sink() })
  output.table([{ heading: 'Name' }], [['evil\u001b[2J\nnew\u009bline']])
  output.line(output.paint('bold', 'a\rb'))
  assert.equal(stdout.text, 'Name\nevil\\u001b[2J\\u000anew\\u009bline\na\\u000db\n')
})

test('a table aligns by the width that characters take, and cuts only its last column', () => {
  assert.deepEqual(
    formatTable(
      [{ heading: 'Name' }, { heading: 'N', align: 'right' }, { heading: 'Text' }],
      [
        ['数字', '7', 'short'],
        ['e\u0301', '12345', 'a text that is too long for it'],
      ],
      26,
    ),
    ['Name      N  Text', '数字      7  short', 'e\u0301     12345  a text that …'],
  )
})

test('a bar is always as wide as asked, and shows eighths', () => {
  assert.equal(bar(0, 4), '    ')
  assert.equal(bar(1, 4), '████')
  assert.equal(bar(0.5, 4), '██  ')
  assert.equal(bar(1 / 32, 4), '▏   ')
  assert.equal(bar(7 / 32, 4), '▉   ')
  for (const odd of [-1, 2, Number.NaN, Number.POSITIVE_INFINITY]) assert.equal(bar(odd, 4).length, 4)
})

test('JSON keeps 64-bit integers, maps and what is not finite', () => {
  assert.equal(exactJson([2n ** 63n, new Map([['a', 1]]), Number.NaN]).replace(/\s/g, ''), '[9223372036854775808,{"a":1},"NaN"]')
  assert.equal(exactJson({ a: [-0, 1] }, 0), '{"a":[-0,1]}')
})

test('progress is a bar on a terminal and a line for each tenth elsewhere', () => {
  const bars = sink({ columns: 80, colors: false })
  const drawn = createOutput({ json: false, stdout: sink(), stderr: bars }).progress('Work', 1000)
  for (let done = 1; done <= 1000; done++) drawn.at(done)
  drawn.end()
  drawn.end()
  drawn.at(1)
  assert.equal(bars.text.split('\r').length - 1, 102)
  assert.ok(bars.text.endsWith(`${'█'.repeat(30)} 100 %\r\u001b[K`))

  const lines = sink()
  const told = createOutput({ json: false, stdout: sink(), stderr: lines }).progress('Work', 1000)
  for (let done = 1; done <= 1000; done++) told.at(done)
  told.end()
  assert.equal(lines.text.split('\n').length - 1, 11)
  assert.match(lines.text, /^Work: 0 % \(1 of 1000\)\nWork: 10 % \(100 of 1000\)\n/)
  assert.ok(lines.text.endsWith('Work: 100 % (1000 of 1000)\n'))
})
