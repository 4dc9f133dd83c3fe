import { mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { BASHRC, COMPLETION, INIT_SCRIPT } from './bash-files.ts';
import { hasCode } from './cgroup.ts';
import { RELAY_PORT, SANDBOX, SANDBOX_UID } from './sandbox-layout.ts';

/** The whole of `/etc` in the sandbox; nothing of the host's is there. */
const ETC_FILES: Readonly<Record<string, string>> = {
  passwd: [
    'root:x:0:0:root:/nonexistent:/usr/sbin/nologin',
    `curfew:x:${SANDBOX_UID}:${SANDBOX_UID}:kubectl shell:${SANDBOX.home}:/bin/bash`,
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    '',
  ].join('\n'),
  group: `root:x:0:\ncurfew:x:${SANDBOX_UID}:\nnogroup:x:65534:\n`,
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\nservices: files\n',
  hosts: '127.0.0.1 localhost\n::1 localhost\n',
  hostname: 'curfew\n',
  profile: '',
  'curfew/init': INIT_SCRIPT,
  'curfew/bashrc': BASHRC,
  'curfew/completion.bash': COMPLETION,
};

/** Commands that Debian reaches through symbolic links in `/etc/alternatives`. */
const ALTERNATIVES = ['vi', 'vim', 'view', 'editor', 'pager', 'awk', 'nawk'];

/** Writes the sandbox's `/etc` as the folder `path`, which must not exist. Readable for everybody; nothing is secret. */
export function writeSandboxEtc(path: string): void {
  mkdirSync(`${path}/curfew`, { recursive: true, mode: 0o755 });
  mkdirSync(`${path}/alternatives`, { mode: 0o755 });
  for (const [name, text] of Object.entries(ETC_FILES)) {
    writeFileSync(`${path}/${name}`, text, { mode: name === 'curfew/init' ? 0o755 : 0o644 });
  }
  for (const name of ALTERNATIVES) {
    const target = alternativeOf(name);
    if (target?.startsWith('/usr/')) symlinkSync(target, `${path}/alternatives/${name}`);
  }
}

function alternativeOf(name: string): string | null {
  try {
    return readlinkSync(`/etc/alternatives/${name}`);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EINVAL')) return null;
    throw error;
  }
}

/**
 * The kubeconfig of a shell: a plain-HTTP server on the sandbox's loopback, and no credential at all. JSON is YAML.
 *
 * @param clusterId names cluster and context
 * @param namespace where kubectl looks first; null for `default`
 */
export function shellKubeconfig(clusterId: string, namespace: string | null): string {
  const first = namespace === null ? {} : { namespace };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: clusterId, cluster: { server: `http://127.0.0.1:${RELAY_PORT}` } }],
    contexts: [{ name: clusterId, context: { cluster: clusterId, user: '', ...first } }],
    'current-context': clusterId,
    users: [],
  });
}
