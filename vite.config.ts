import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Builds the web UI (`src/web`) into `dist/web`, which the server serves as static files. */
export default defineConfig({
  root: 'src/web',
  plugins: [react()],
  build: { outDir: '../../dist/web', emptyOutDir: true, sourcemap: false },
});
