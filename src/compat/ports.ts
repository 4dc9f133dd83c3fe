import type { SystemConfig } from '../sessions/system-config.ts';

/** What the compatible API is given. It holds no rules: it calls the use cases that the portal's own API calls. */
export interface CompatPorts {
  readonly systemConfig: Pick<SystemConfig, 'list' | 'set' | 'delete'>;
  readonly version: string;
}
