import { explain } from '../call/failure.ts'

/** An error in words: what, which, and what to do. */
export function Failure({ error }: { readonly error: unknown }) {
  const { title, message, advice, requestId } = explain(error)
  return (
    <div className="failure" role="alert">
      <h3>{title}</h3>
      <p className="failure-message">{message}</p>
      <p>{advice}</p>
      {requestId !== undefined && (
        <p className="quiet">
          Request id <code>{requestId}</code>
        </p>
      )}
    </div>
  )
}
