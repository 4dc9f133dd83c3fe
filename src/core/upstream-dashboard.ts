/** A dashboard of somebody else's making (Headlamp, Grafana …) that Curfew serves for a cluster, on a hostname of its own. */
export interface UpstreamDashboard {
  /** `ud_` and 22 characters of base64url. */
  readonly id: string;
  readonly clusterId: string;
  /** What people call it. */
  readonly name: string;
  /** Lower case; unique, and never one that the portal itself has. */
  readonly hostname: string;
  /** The origin of the upstream. */
  readonly upstream: string;
  /** Whether the upstream is given a credential for the cluster, of the user's Kubernetes session. */
  readonly passesCredential: boolean;
  readonly createdAt: number;
}

export const UPSTREAM_NAME_RULE = 'A name has 1 to 40 characters, and no control characters.';
export const UPSTREAM_NAME_PATTERN = /^[^\p{C}\s](?:[^\p{C}]{0,38}[^\p{C}\s])?$/u;

export const HOSTNAME_RULE =
  'A hostname is a DNS name in lower case without a port, such as headlamp.curfew.example; locally one that ends in .localhost.';

/** DNS labels with a dot between them (RFC 1123); an address is none: the last label has a letter. */
export function isHostname(text: string): boolean {
  const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
  return text.length <= 253 && new RegExp(`^(?:${label}\\.)+(?=[a-z0-9-]*[a-z])${label}$`).test(text);
}

export const UPSTREAM_RULE =
  'The upstream is an http or https URL without a path, a query or a password, such as https://headlamp.tools.svc:443.';
