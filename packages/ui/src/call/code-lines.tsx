const LONGEST = 320

/** Code line by line. A line that is mostly data is cut at the edge to be read past; selecting and copying still take all of it. */
export function CodeLines({ code }: { readonly code: string }) {
  return (
    <pre>
      {code.split('\n').map((line, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        <span key={place} className={line.length > LONGEST ? 'code-line is-long' : 'code-line'}>
          {line === '' ? <br /> : line}
        </span>
      ))}
    </pre>
  )
}
