import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vite';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, 'package.json'), 'utf8')) as { version: string };

/**
 * Looks for the youngest thing that is needed, `tls.getCACertificates`, in words that old versions understand. Whether a file
 * without a suffix is a CommonJS or an ES module depends on a package.json in some folder above, perhaps of the user's: this one
 * is either. Node.js's own modules are loaded when something of theirs is used: kubectl waits for `curfew credential`, which
 * needs hardly any.
 */
const BANNER = `#!/usr/bin/env node
var version = process.versions.node.split('.').map(Number);
if (version[0] < 22 || (version[0] === 22 && version[1] < 15) || (version[0] === 23 && version[1] < 10)) {
  console.error('curfew needs Node.js 22.15 or later, and this is ' + process.version + '. See https://nodejs.org');
  process.exit(1);
}
var require = function (id) {
  return Object.create(new Proxy({}, { get: function (_, name) { return process.getBuiltinModule(id)[name]; } }));
};`;

/** Builds the commands for users into one file, `dist/cli/curfew`, which the portal serves and Node.js runs as it is. */
export default defineConfig({
  define: { CURFEW_VERSION: JSON.stringify(version) },
  publicDir: false,
  ssr: { noExternal: true },
  build: {
    ssr: 'src/main/bundled.ts',
    outDir: 'dist/cli',
    emptyOutDir: true,
    target: 'node22',
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        ...{ format: 'cjs', entryFileNames: 'curfew', codeSplitting: false, banner: BANNER },
        // Lines stay lines, for whoever reads it or meets an error of ours.
        minify: { compress: true, mangle: true, codegen: { removeWhitespace: false } },
      },
    },
  },
});
