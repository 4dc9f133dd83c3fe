import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * Builds the web UI (`src/web`) into `dist/web`, which the server serves as static files. Nothing is inlined, so that
 * the Content-Security-Policy needs no exception for scripts.
 */
export default defineConfig({
  root: 'src/web',
  plugins: [react()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    sourcemap: false,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    // What `main.tsx` imports first runs first, whichever chunk it lands in (`without-eval.ts`).
    rolldownOptions: { output: { strictExecutionOrder: true } },
  },
});
