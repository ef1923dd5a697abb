/** The mark: a hull on its slipway. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect className="mark-ground" width="32" height="32" rx="8" />
      <path className="mark-hull" d="M5 15.2 26.5 9.4c-.6 5.4-3.4 9.2-8.6 10.6l-5.2 1.4c-4 1-6.8-1.6-7.7-6.2z" />
      <path className="mark-way" d="M4.5 25.2 27.5 19" />
    </svg>
  )
}
