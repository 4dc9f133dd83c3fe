import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scratch } from './scratch.ts';
import { startServer } from './server-process.ts';
import type { ServerProcess } from './server-process.ts';

/** Runs nginx as one process with a configuration and folders of its own. @param http what stands in its `http` block */
export async function startNginx(scratch: Scratch, name: string, port: number, http: string): Promise<ServerProcess> {
  const folder = join(scratch.folder, name);
  mkdirSync(folder, { mode: 0o755 });
  const file = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  writeFileSync(
    file,
    `daemon off; master_process off; worker_rlimit_nofile 20000; pid ${folder}/pid; error_log stderr error;
events { worker_connections 19000; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; proxy_read_timeout 1h;
  ${temporary.join(' ')}
  ${http}
}
`,
  );
  return startServer(scratch, name, ['/usr/sbin/nginx', '-c', file, '-p', folder], { listening: port });
}
