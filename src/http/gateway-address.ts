import type { HttpSettings } from './ports.ts';

/**
 * Where kubectl finds the gateway: always over TLS, since it keeps its credentials to itself over anything else.
 *
 * @returns with the authority that signed its certificate; null where the system knows it
 */
export function gatewayAddress({ publicUrl, tls }: Pick<HttpSettings, 'publicUrl' | 'tls'>): {
  url: string;
  caPem: string | null;
} {
  if (publicUrl?.protocol === 'https:') return { url: publicUrl.origin, caPem: null };
  return { url: `https://localhost:${tls?.port ?? 443}`, caPem: tls?.files().caPem ?? null };
}
