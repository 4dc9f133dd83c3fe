import { isDeepStrictEqual } from 'node:util';
import { YAMLSeq, isMap, isSeq, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { CURFEW_EXTENSION, contextName } from '../core/access.ts';
import { PortalError } from '../core/portal-error.ts';

/** The portal whose contexts are written. */
interface Portal {
  /** Where `curfew credential` asks. */
  readonly server: string;
  readonly username: string;
  /** Where kubectl asks. */
  readonly url: string;
  readonly caPem: string | null;
}

/** What a context is for: a cluster, or one tenant of it. */
export interface ContextPlace {
  readonly cluster: string;
  readonly tenant?: { readonly id: string; readonly name: string; readonly namespace: string };
}

interface Entry {
  readonly name: string;
  readonly [part: string]: unknown;
}

/**
 * Puts contexts for clusters and tenants of a portal into the text of a kubeconfig. Everything else stays as it is, with its
 * comments; contexts of this portal for places that are not named go.
 *
 * @returns the new text, and the names of the contexts
 * @throws PortalError `invalid-request` where the text is no kubeconfig
 */
export function mergeContexts(text: string, path: string, portal: Portal, places: readonly ContextPlace[]) {
  const document = parse(text, path);
  const all = entriesOf(document, 'contexts').map(ownerOf);
  const contexts = places.map((place) => ({ place, name: nameFor(place, portal, all) }));
  const names = new Set(contexts.map(({ name }) => name));
  for (const { name, server } of all)
    if (server === portal.server && !names.has(name)) for (const list of LISTS) remove(document, list, name);
  for (const { place, name } of contexts) {
    put(document, 'clusters', { name, cluster: clusterEntry(portal, place) });
    put(document, 'users', { name, user: { exec: plugin(portal, place) } });
    put(document, 'contexts', { name, context: contextEntry(portal, place, name) });
  }
  const first = contexts[0]?.name;
  if ((document.get('current-context') ?? '') === '' && first !== undefined) document.set('current-context', first);
  return { text: document.toString({ lineWidth: 0 }), contexts: [...names] };
}

const LISTS = ['clusters', 'users', 'contexts'] as const;
type List = (typeof LISTS)[number];

function clusterEntry({ url, caPem }: Portal, { cluster }: ContextPlace): object {
  const authority = caPem === null ? {} : { 'certificate-authority-data': Buffer.from(caPem).toString('base64') };
  return { server: `${url}/k8s/clusters/${cluster}`, ...authority };
}

/** `v1beta1` is what every kubectl from 1.20 on speaks. */
function plugin({ server }: Portal, { cluster, tenant }: ContextPlace): object {
  const where = tenant === undefined ? [] : ['--tenant', tenant.id];
  return {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    command: 'curfew',
    args: ['credential', '--cluster', cluster, ...where, '--server', server],
    env: null,
    installHint: `These contexts need the command curfew in the PATH. Sign in with: curfew login --server ${server}`,
    interactiveMode: 'IfAvailable',
    provideClusterInfo: false,
  };
}

function contextEntry({ server }: Portal, { cluster, tenant }: ContextPlace, name: string): object {
  const extensions = [{ name: CURFEW_EXTENSION, extension: { cluster, server } }];
  const namespace = tenant === undefined ? {} : { namespace: tenant.namespace };
  return { cluster: name, user: name, ...namespace, extensions };
}

/** `contextName`, with the portal's host where a context of that name is of another portal or of none. */
function nameFor({ cluster, tenant }: ContextPlace, { server }: Portal, all: readonly Owned[]): string {
  const name = contextName(cluster, tenant?.name);
  const isTheirs = ({ isOurs, server: of }: Owned) => !(isOurs && [server, undefined].includes(of));
  return all.some((each) => each.name === name && isTheirs(each)) ? `${name}@${new URL(server).host}` : name;
}

interface Owned {
  readonly name: string;
  readonly isOurs: boolean;
  /** The portal that it leads to; undefined for a downloaded one. */
  readonly server: string | undefined;
}

function ownerOf(entry: Entry): Owned {
  const { extensions } = (entry['context'] ?? {}) as {
    extensions?: ({ name: string; extension?: { server?: string } | null } | null)[];
  };
  const mark = Array.isArray(extensions) ? extensions.find((each) => each?.name === CURFEW_EXTENSION) : undefined;
  return { name: entry.name, isOurs: mark !== undefined, server: mark?.extension?.server };
}

function parse(text: string, path: string): Document {
  const document = parseDocument(text.trim() === '' ? 'apiVersion: v1\nkind: Config\n' : text);
  const [error] = document.errors;
  if (error !== undefined) {
    const [reason = ''] = error.message.split('\n', 1);
    throw new PortalError(
      'invalid-request',
      `${path} is not valid YAML: ${reason.replace(/:$/, '')}. It was left as it is.`,
    );
  }
  const isKubeconfig = isMap(document.contents) && LISTS.every((list) => isList(document.get(list)));
  if (!isKubeconfig) throw new PortalError('invalid-request', `${path} is no kubeconfig. It was left as it is.`);
  return document;
}

function isList(value: unknown): boolean {
  return value === undefined || value === null || (isSeq(value) && value.items.every(isMap));
}

function entriesOf(document: Document, list: List): Entry[] {
  return (document.toJS() as Partial<Record<List, Entry[] | null>>)[list] ?? [];
}

/** Sets an entry by its name; one that is the same already is not touched. */
function put(document: Document, list: List, entry: Entry): void {
  const index = entriesOf(document, list).findIndex(({ name }) => name === entry.name);
  if (index < 0) seqOf(document, list).add(document.createNode(entry));
  else if (!isDeepStrictEqual(entriesOf(document, list)[index], entry))
    document.setIn([list, index], document.createNode(entry));
}

function remove(document: Document, list: List, name: string): void {
  const index = entriesOf(document, list).findIndex((entry) => entry.name === name);
  if (index >= 0) document.deleteIn([list, index]);
}

function seqOf(document: Document, list: List): YAMLSeq {
  const found = document.get(list);
  if (isSeq(found)) {
    // An empty list is mostly written as `[]`; what is put into it is not to stand in one line.
    if (found.items.length === 0) found.flow = false;
    return found;
  }
  const made = new YAMLSeq();
  document.set(list, made);
  return made;
}
