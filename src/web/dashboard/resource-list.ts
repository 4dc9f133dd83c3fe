import { sentenceOf } from '../api/api-error.ts';
import { withPermission } from './asked-for.ts';
import { KubernetesError } from './kubernetes-api.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import type { StreamConnection, StreamOver, StreamReader } from './stream-connection.ts';
import { readTable, readWatchEvent } from './table.ts';
import type { TableColumn, TableRow } from './table.ts';

/** So that the first rows are there at once; what follows may be larger. */
const FIRST_PAGE = 500;
const NEXT_PAGES = 10_000;
/** How long changes are gathered before they are shown: pods may change by the hundred. */
const GATHER_MS = 100;
const BACK_OFF_MS = [1000, 2000, 5000, 10_000, 30_000];
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const GONE = 410;

/** What is known of a list at a time. */
export interface ListState {
  readonly columns: readonly TableColumn[];
  /** By uid; a new map for each state. */
  readonly rows: ReadonlyMap<string, TableRow>;
  /**
   * `live`: changes are followed; `interrupted`: they will be again; `failed`: there is nothing to show; `removed`: the
   * cluster has no such kind any more.
   */
  readonly phase: 'loading' | 'live' | 'interrupted' | 'failed' | 'removed';
  /** How many have not been loaded yet, as far as the API server says. */
  readonly remaining: number;
  /** Why it failed or does not follow, as a sentence. */
  readonly problem: string | null;
}

export interface ListQuery {
  readonly path: string;
  readonly labels: string;
  readonly fields: string;
  readonly canWatch: boolean;
}

const EMPTY: ListState = { columns: [], rows: new Map(), phase: 'loading', remaining: 0, problem: null };

/**
 * The things at one path, as the API server's own table: loaded in pages, then followed by a watch from the version that
 * was listed, which goes on where it left off. Where the API server has forgotten that version, it is listed anew.
 */
export class ResourceList implements StreamReader {
  readonly #api: KubernetesApi;
  readonly #streams: Pick<StreamConnection, 'add'>;
  readonly #query: ListQuery;
  readonly #listeners = new Set<() => void>();
  readonly #rows = new Map<string, TableRow>();
  #state = EMPTY;
  #resourceVersion = '';
  #unread = '';
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #telling: ReturnType<typeof setTimeout> | undefined;
  #loading: AbortController | null = null;
  #endWatch: (() => void) | null = null;

  constructor(api: KubernetesApi, streams: Pick<StreamConnection, 'add'>, query: ListQuery) {
    this.#api = api;
    this.#streams = streams;
    this.#query = query;
  }

  readonly state = (): ListState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Lists, and follows what happens from there on. @param background whether no person asked for it */
  load(background = false): void {
    this.stop();
    const loading = new AbortController();
    this.#loading = loading;
    this.#listAll(loading.signal, background).catch((error: unknown) => {
      if (loading.signal.aborted) return;
      if (error instanceof KubernetesError && error.status === NOT_FOUND) return void this.#removed();
      // A relist that fails leaves what is shown; the API server may be back in a moment.
      const phase = this.#rows.size > 0 ? 'interrupted' : 'failed';
      this.#become({ phase, problem: sentenceOf(error) });
      const asked = error instanceof KubernetesError ? error.retryAfterMs : null;
      if (phase === 'interrupted' || asked !== null)
        this.#timer = setTimeout(() => this.load(true), asked ?? this.#backOff());
    });
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#loading?.abort();
    this.#endWatch?.();
    this.#endWatch = null;
  }

  async #listAll(signal: AbortSignal, background: boolean): Promise<void> {
    let next = '';
    let isFirst = true;
    do {
      const parameters = { limit: String(isFirst ? FIRST_PAGE : NEXT_PAGES), ...(next !== '' && { continue: next }) };
      const path = this.#path(parameters);
      const table = readTable(await this.#api.json({ path, as: 'table', signal, background: background || !isFirst }));
      if (isFirst) this.#rows.clear();
      for (const row of table.rows) this.#rows.set(row.uid, row);
      next = table.continue;
      this.#resourceVersion = table.resourceVersion;
      const phase = next === '' && !this.#query.canWatch ? 'live' : 'loading';
      const columns = table.columns.length > 0 ? table.columns : this.#state.columns;
      this.#become({ columns, phase, remaining: next === '' ? 0 : table.remainingItemCount, problem: null });
      isFirst = false;
    } while (next !== '');
    if (this.#query.canWatch) this.#endWatch = this.#streams.add(this);
  }

  path(): string {
    return this.#path({ watch: '1', allowWatchBookmarks: 'true', resourceVersion: this.#resourceVersion });
  }

  opened(): void {
    this.#unread = '';
    this.#become({ phase: 'live', problem: null });
  }

  data(text: string): void {
    this.#failures = 0;
    const lines = (this.#unread + text).split('\n');
    this.#unread = lines.pop() ?? '';
    for (const line of lines) if (line !== '') this.#follow(line);
  }

  interrupted(): void {
    this.#become({ phase: 'interrupted', problem: 'The connection to the portal is lost. Trying again.' });
  }

  over({ status, message, retryAfterMs }: StreamOver): number | null {
    // Watches end by themselves after some time, and go on from where they were.
    if (status === 200) return this.#backOff() - (BACK_OFF_MS[0] ?? 0);
    if (status === GONE) return this.#reload();
    if (status === NOT_FOUND) return this.#removed();
    const problem = status === FORBIDDEN ? withPermission(message, 'GET', this.path()) : message;
    this.#become({ phase: 'interrupted', problem });
    return retryAfterMs ?? this.#backOff();
  }

  #follow(line: string): void {
    for (const event of readWatchEvent(line)) {
      if (event.kind === 'error') {
        if (event.status === GONE) this.#reload();
        else this.#become({ phase: 'interrupted', problem: event.message });
        return;
      }
      this.#resourceVersion = event.resourceVersion;
      if (event.kind === 'put') this.#rows.set(event.row.uid, event.row);
      if (event.kind === 'delete') this.#rows.delete(event.row.uid);
    }
    this.#telling ??= setTimeout(() => this.#become({}), GATHER_MS);
  }

  #reload(): null {
    this.load(true);
    return null;
  }

  /** An empty list is no 404: its kind is gone, as a custom resource's is once its definition was removed. */
  #removed(): null {
    this.#become({ phase: 'removed', problem: 'The cluster has no such kind any more.' });
    return null;
  }

  #backOff(): number {
    const delay = BACK_OFF_MS[Math.min(this.#failures, BACK_OFF_MS.length - 1)] ?? 0;
    this.#failures += 1;
    return delay;
  }

  #path(parameters: Record<string, string>): string {
    const { path, labels, fields } = this.#query;
    const query = new URLSearchParams({ ...parameters, includeObject: 'Metadata' });
    if (labels !== '') query.set('labelSelector', labels);
    if (fields !== '') query.set('fieldSelector', fields);
    return `${path}?${query.toString()}`;
  }

  #become(change: Partial<ListState>): void {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    this.#state = { ...this.#state, ...change, rows: new Map(this.#rows) };
    for (const listener of this.#listeners) listener();
  }
}
