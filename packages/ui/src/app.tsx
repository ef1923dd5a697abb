import type { ModelInfo } from '@slipway/client'
import { useEffect } from 'react'
import { useModels } from './live/use-models.ts'
import { ApiPage } from './pages/api-page.tsx'
import { ModelPage } from './pages/model-page.tsx'
import { ModelsPage } from './pages/models-page.tsx'
import { Failure } from './shell/failure.tsx'
import { Header } from './shell/header.tsx'
import { isBare, modelHref, modelsHref, parseRoute, useHash } from './shell/route.ts'

/** The page: its frame, and the page that the address names. */
export function App() {
  const hash = useHash()
  const { models, histories, failure } = useModels()
  const only = isBare(hash) && models?.length === 1 ? models[0] : undefined
  const route = only === undefined ? parseRoute(hash) : ({ page: 'model', name: only.name } as const)
  const name = route.page === 'models' ? undefined : route.name
  const model = models?.find((one) => one.name === name)
  useEffect(() => {
    document.title = name === undefined ? 'Slipway' : `${name} · Slipway`
    scrollTo(0, 0)
  }, [name])
  useEffect(() => {
    if (only !== undefined) history.replaceState(null, '', modelHref(only.name))
  }, [only])

  return (
    <>
      <Header isReachable={failure === undefined} {...(name === undefined ? {} : { model: name })} />
      <main id="main" tabIndex={-1}>
        {failure !== undefined && <Failure error={failure} />}
        {route.page === 'models' && <ModelsPage />}
        {model !== undefined && route.page === 'api' && <ApiPage model={model} />}
        {model !== undefined && route.page === 'model' && (
          <ModelPage key={formIdentity(model)} model={model} history={histories.get(model.name) ?? []} />
        )}
        {name !== undefined && model === undefined && models !== undefined && <NoSuchModel name={name} />}
      </main>
    </>
  )
}

/** A version with other inputs needs another form; anything else keeps what was typed. */
const formIdentity = (model: ModelInfo): string => `${model.name} ${JSON.stringify(model.inputs)}`

function NoSuchModel({ name }: { readonly name: string }) {
  return (
    <div className="panel">
      <h1>No model “{name}”</h1>
      <p>
        It is not being served here, or not any more. <a href={modelsHref}>See all models</a>.
      </p>
    </div>
  )
}
