import type { ServerInfo } from '@slipway/client'
import { useEffect, useState } from 'react'
import { fetchServer } from '../call/server.ts'
import { useModels } from '../live/use-models.ts'
import { formatAge } from '../result/format.ts'
import { ModelCard } from './model-card.tsx'

/** Every model of the server with its live figures. */
export function ModelsPage() {
  const { models, histories } = useModels()
  const server = useServer()
  if (models === undefined) return <CardsToCome />
  return (
    <>
      <div className="page-head">
        <h1>Models</h1>
        <p className="quiet">
          {models.length === 1 ? '1 model' : `${models.length} models`}
          {server !== undefined &&
            ` · Slipway ${server.version} on ${server.runtime} · up ${formatAge(Date.now() - Date.parse(server.startedAt))}`}
        </p>
      </div>
      {models.length === 0 && (
        <p className="panel">
          Nothing is being served yet. Start the server with a model: <code>slipway serve model.onnx</code>
        </p>
      )}
      <div className="cards">
        {models.map((model) => (
          <ModelCard key={model.name} model={model} history={histories.get(model.name) ?? []} />
        ))}
      </div>
    </>
  )
}

/** Keeps the place of what is being loaded. */
function CardsToCome() {
  return (
    <div className="cards" aria-busy="true">
      <div className="card card-empty" />
      <div className="card card-empty" />
      <div className="card card-empty" />
    </div>
  )
}

/** The server's own facts; the list does without them when they cannot be had. */
function useServer(): ServerInfo | undefined {
  const [server, setServer] = useState<ServerInfo>()
  useEffect(() => {
    const asking = new AbortController()
    fetchServer(asking.signal).then(setServer, () => undefined)
    return () => asking.abort()
  }, [])
  return server
}
