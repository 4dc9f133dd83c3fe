import type { PodTerminal } from '../../wire/dashboard.ts';

/** The best shell that the container has. */
const COMMAND = ['/bin/sh', '-c', 'TERM=xterm-256color; export TERM; command -v bash >/dev/null && exec bash; exec sh'];

/** The path of the exec that a terminal in a container is. */
export function shellExecPath({ namespace, pod, container }: PodTerminal): string {
  const query = new URLSearchParams({ container, stdin: 'true', stdout: 'true', tty: 'true' });
  for (const part of COMMAND) query.append('command', part);
  return `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query.toString()}`;
}
