/** Builds the playground into the server's package: static files with hashed names, relative addresses, nothing inline. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const api = process.env.SLIPWAY_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    outDir: '../server/ui',
    emptyOutDir: true,
    target: 'es2022',
    // An inlined asset would be a data: address, which the server's content security policy allows for pictures only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': api, '/v2': api } },
})
