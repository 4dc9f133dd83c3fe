import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Two clusters, `nowhere` and `elsewhere`, of which nothing can be reached. @param server another place for them */
export function unreachableKubeconfig(server = 'https://127.0.0.1:1'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'curfew-kubeconfig-')), 'config');
  const names = ['nowhere', 'elsewhere'];
  const file = {
    clusters: names.map((name) => ({ name, cluster: { server } })),
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: names.map((name) => ({ name, context: { cluster: name, user: 'u' } })),
  };
  writeFileSync(path, JSON.stringify(file));
  return path;
}
