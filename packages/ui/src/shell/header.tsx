import { Mark } from './mark.tsx'
import { modelsHref } from './route.ts'
import { useTheme } from './theme.ts'

export interface HeaderProps {
  /** The model whose page is shown. */
  readonly model?: string
  readonly isReachable: boolean
}

/** Name, place, whether the server answers, and the theme. */
export function Header({ model, isReachable }: HeaderProps) {
  const [theme, toggleTheme] = useTheme()
  return (
    <header className="top">
      <button type="button" className="skip" onClick={skipToMain}>
        Skip to content
      </button>
      <nav className="top-inner" aria-label="Place">
        <a className="brand" href={modelsHref} aria-label="Slipway, all models">
          <Mark />
          <span>Slipway</span>
        </a>
        {model !== undefined && (
          <span className="crumb">
            <span aria-hidden="true">/</span> {model}
          </span>
        )}
        <span className="top-space" />
        <span className={`reach ${isReachable ? 'is-live' : 'is-lost'}`} role="status">
          {isReachable ? 'live' : 'no answer'}
        </span>
        <button
          type="button"
          className="icon-button"
          onClick={toggleTheme}
          aria-label={`Use the ${theme === 'dark' ? 'light' : 'dark'} theme`}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            {theme === 'dark' ? (
              <path d="M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM12 1.500v2.500M12 20v2.500M1.500 12H4M20 12h2.500M4.600 4.600l1.800 1.800M17.600 17.600l1.800 1.800M4.600 19.400l1.800-1.800M17.600 6.400l1.800-1.800" />
            ) : (
              <path d="M20.500 14.200A8.500 8.500 0 0 1 9.800 3.500a8.500 8.500 0 1 0 10.700 10.700z" />
            )}
          </svg>
        </button>
      </nav>
    </header>
  )
}

/** The hash is the route, so this is no link: the jump is made by hand. */
function skipToMain(): void {
  document.getElementById('main')?.focus()
}
