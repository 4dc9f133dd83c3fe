import { isIP } from 'node:net';
import { z } from 'zod';

const wholeNumber = (least: number, most: number, rule: string) =>
  z.coerce.number(rule).int(rule).min(least, rule).max(most, rule);
const port = wholeNumber(0, 65_535, 'it must be a whole number from 0 to 65535');
const URL_RULE = 'it must be an http or https URL without a path, such as https://curfew.example';
const PROXIES_RULE = 'each is an IP address or a network, such as 127.0.0.1 or 10.0.0.0/8, separated by commas';
const SILENCE_RULE = 'it must be a whole number from 3 to 300';
const CONNECTIONS_RULE = 'it must be a whole number from 2 to 100';
const DATABASE_RULE = 'it must be a URL such as postgres://curfew@db.example/curfew';
const NAME_RULE = 'it must be one to eight small letters and digits';
const IMAGE_RULE = 'it must be the name of an image, such as registry.example/curfew-shell:1';
const NAMESPACE_RULE = 'it must be the name of a namespace, such as curfew-shells';
const SMTP_RULE = 'it must be a URL such as smtps://curfew@mail.example or smtp://mail.example:587, without a password';
const ADDRESS_RULE = 'it must be an e-mail address, such as curfew@mail.example';
const NETWORKS_RULE = 'each is an IP address or a network, such as 127.0.0.1 or 169.254.10.0/24, separated by commas';
const DRAIN_RULE = 'it must be a whole number of seconds from 0 to 3600';
const flag = z.union([
  z.boolean(),
  z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1'),
]);

/** Addresses and networks, separated by commas. */
const addressList = (rule: string) =>
  z
    .string()
    .transform((text) => text.split(',').flatMap((each) => each.trim() || []))
    .refine((each) => each.every(isAddressOrNetwork), rule)
    .prefault('');

/**
 * Every option of the server, in one place: flags, environment variables, the configuration file and their
 * documentation (`docs/guide/configuration.md`) are all made of this.
 */
export const optionsSchema = z.strictObject({
  port: port.default(8080).describe('Port of the plain listener; 0 takes a free one.'),
  'tls-port': port.default(8443).describe('Port of the TLS listener; 0 takes a free one.'),
  host: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on. Anything but loopback needs a TLS certificate or a public URL.'),
  'public-url': z
    .url({ protocol: /^https?$/, error: URL_RULE })
    .refine(isOrigin, URL_RULE)
    .optional()
    .describe('The URL under which people reach the portal, behind a proxy.'),
  'trusted-proxies': addressList(PROXIES_RULE).describe(
    'Addresses and networks whose X-Forwarded headers count, separated by commas.',
  ),
  'tls-cert': z.string().optional().describe('PEM file of the TLS certificate; without one, a local CA is made.'),
  'tls-key': z.string().optional().describe('PEM file of its key.'),
  'data-dir': z
    .string()
    .optional()
    .describe(
      'Where the database, keys and the local cluster live. Default: $XDG_DATA_HOME/curfew, or ~/.local/share/curfew.',
    ),
  database: z
    .string()
    .refine(isPostgresUrl, DATABASE_RULE)
    .optional()
    .describe(
      'PostgreSQL in place of the embedded database, for several replicas: postgres://user@host/name. Give the password apart: PGPASSWORD, PGPASSFILE or ~/.pgpass.',
    ),
  'database-connections': wholeNumber(2, 100, CONNECTIONS_RULE)
    .default(10)
    .describe('How many connections to PostgreSQL this replica opens at most, besides the one that listens.'),
  'database-silence-seconds': wholeNumber(3, 300, SILENCE_RULE)
    .default(15)
    .describe('For how long streams go on while PostgreSQL does not answer; then this replica cuts them all.'),
  'replica-name': z
    .string()
    .regex(/^[a-z0-9]{1,8}$/, NAME_RULE)
    .optional()
    .describe(
      'What this replica is called in the ids of its shells, so that a load balancer can tell by the path; another one on every replica. Default: a new one at each start.',
    ),
  'secret-key-file': z
    .string()
    .optional()
    .describe(
      'The key that opens the secrets in the database; made at the first start. The same on every replica. Default: secret.key in the data folder.',
    ),
  'cache-dir': z
    .string()
    .optional()
    .describe('Where the local cluster is built. Default: $XDG_CACHE_HOME/curfew, or ~/.cache/curfew.'),
  kubeconfig: z
    .string()
    .optional()
    .describe('Kubeconfig whose contexts become clusters. Default: $KUBECONFIG, or ~/.kube/config.'),
  'local-cluster': flag
    .default(true)
    .describe(
      'Builds and runs a local Kubernetes where no kubeconfig names a cluster; --no-local-cluster switches that off.',
    ),
  'shell-sandbox': z
    .enum(['machine', 'pod'])
    .default('machine')
    .describe('Where kubectl shells run: in a sandbox on this machine, or each in a pod of its own.'),
  'shell-pod-image': z
    .string()
    .regex(/^\S{1,500}$/, IMAGE_RULE)
    .optional()
    .describe('Image of the pods of shells, with bash, kubectl and curfew-relay (deploy/shell-image).'),
  'shell-pod-namespace': z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, NAMESPACE_RULE)
    .default('curfew-shells')
    .describe('Namespace of the pods of shells; nobody but Curfew should have rights in it.'),
  'shell-pod-cluster': z
    .string()
    .default('in-cluster')
    .describe('Id of the cluster that the pods of shells run in; in-cluster is the one that Curfew itself runs in.'),
  'shell-pod-pull-policy': z
    .enum(['Always', 'IfNotPresent', 'Never'])
    .default('IfNotPresent')
    .describe('When the image of the pods of shells is pulled.'),
  'dashboard-networks': addressList(NETWORKS_RULE).describe(
    'Addresses and networks of the portal’s own machine at which registered dashboards may run, such as 127.0.0.1, separated by commas. Without it, none may: only those elsewhere.',
  ),
  'smtp-url': z
    .string()
    .refine(isSmtpUrl, SMTP_RULE)
    .optional()
    .describe(
      'Mail server for the notices before API tokens expire: smtps://user@host, or smtp://user@host:587 for STARTTLS. The password stands in --smtp-password-file. Without it, no mail is sent.',
    ),
  'smtp-password-file': z.string().optional().describe('File with the password for the mail server.'),
  'smtp-from': z.email(ADDRESS_RULE).optional().describe('Address that mail is sent from.'),
  'drain-seconds': z.coerce
    .number(DRAIN_RULE)
    .int(DRAIN_RULE)
    .min(0, DRAIN_RULE)
    .max(3600, DRAIN_RULE)
    .default(20)
    .describe('How long what is open may go on after SIGTERM, in seconds; 0 stops at once.'),
  'log-level': z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
    .default('info')
    .describe('How much is logged.'),
});

export type Options = z.output<typeof optionsSchema>;
export type OptionName = keyof Options;

export const OPTION_NAMES = Object.keys(optionsSchema.shape) as OptionName[];

/** What an option is where nobody gives it, as text; empty where its description says it. */
export function defaultOf(option: OptionName): string {
  const schema = optionsSchema.shape[option];
  return 'def' in schema && 'defaultValue' in schema.def ? String(schema.def.defaultValue) : '';
}

/** The environment variable of an option: `tls-port` is `CURFEW_TLS_PORT`. */
export function environmentName(option: OptionName): string {
  return `CURFEW_${option.replaceAll('-', '_').toUpperCase()}`;
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).href === `${new URL(text).origin}/`;
}

function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text);
}

function isSmtpUrl(text: string): boolean {
  if (!/^smtps?:\/\/[^/?#]+\/?$/.test(text) || !URL.canParse(text)) return false;
  const { hostname, password } = new URL(text);
  return hostname !== '' && password === '';
}

function isAddressOrNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= bits);
}
