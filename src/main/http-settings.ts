import { isLoopback } from '../config/load-config.ts';
import type { Config } from '../config/load-config.ts';
import type { HttpSettings, ListenerTls } from '../http/ports.ts';
import { choosePort } from '../system/free-port.ts';
import { BUNDLE_ROOT, WEB_ROOT } from './build-web.ts';

/** Where the server listens and is reached, with the ports that are free. */
export async function httpSettings(config: Config, files: () => ListenerTls): Promise<HttpSettings> {
  const { host, publicUrl, trustedProxies, replicaName } = config;
  const [port, tlsPort] = [await choosePort(config.port, host), await choosePort(config.tlsPort, host)];
  return {
    host,
    plainHost: config.tls !== null && !isLoopback(host) ? '127.0.0.1' : host,
    port,
    publicUrl,
    trustedProxies,
    replicaName,
    tls: { port: tlsPort, files },
    webRoot: WEB_ROOT,
    bundleRoot: BUNDLE_ROOT,
  };
}

/** Where people go. */
export function urlsOf({ host, port, tls, publicUrl }: HttpSettings): { url: string; tlsUrl: string | null } {
  const name = ['127.0.0.1', '0.0.0.0', '::'].includes(host) ? 'localhost' : host;
  return {
    url: publicUrl?.origin ?? `http://${name}:${port}`,
    tlsUrl: tls === null ? null : `https://${name}:${tls.port}`,
  };
}
