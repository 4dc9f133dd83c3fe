import { z } from 'zod';

const columnSchema = z.object({
  name: z.string(),
  type: z.string().default('string'),
  format: z.string().default(''),
  priority: z.number().default(0),
  description: z.string().default(''),
});
/** A column as the API server or a CRD defines it; those of a priority above zero are for wide views. */
export type TableColumn = z.infer<typeof columnSchema>;

/** A thing in a list: what its cells say, and what it is called. */
export interface TableRow {
  readonly uid: string;
  readonly version: string;
  readonly name: string;
  readonly namespace: string | null;
  readonly createdAt: number | null;
  readonly cells: readonly unknown[];
}

const tableSchema = z.object({
  metadata: z
    .object({
      resourceVersion: z.string().default(''),
      continue: z.string().default(''),
      remainingItemCount: z.number().default(0),
    })
    .prefault({}),
  columnDefinitions: z.array(columnSchema).nullish(),
  rows: z.array(z.unknown()).nullish(),
});

/** A page of a list (meta/v1 Table). */
export function readTable(value: unknown) {
  const { metadata, columnDefinitions, rows } = tableSchema.parse(value);
  return { ...metadata, columns: columnDefinitions ?? [], rows: (rows ?? []).map(rowOf) };
}

/** By hand: ten thousand at once would wait for a schema longer than for the network. @throws TypeError */
function rowOf(value: unknown): TableRow {
  const { cells, object } = value as { cells?: unknown; object?: { metadata?: Record<string, unknown> | null } | null };
  const { name, uid, namespace, resourceVersion, creationTimestamp } = object?.metadata ?? {};
  if (!Array.isArray(cells) || typeof name !== 'string') throw new TypeError('A row of a table has cells and a name.');
  return {
    // What only is measured, as by metrics.k8s.io, has none.
    uid: textOr(`${textOr('', namespace)}/${name}`, uid),
    version: textOr('', resourceVersion),
    name,
    namespace: textOr(null, namespace),
    createdAt: typeof creationTimestamp === 'string' ? Date.parse(creationTimestamp) : null,
    cells,
  };
}

function textOr<Other>(other: Other, value: unknown): string | Other {
  return typeof value === 'string' ? value : other;
}

const eventSchema = z.object({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: z.unknown(),
});
const versionSchema = z.object({ resourceVersion: z.string().default('') });
/** A bookmark is a table of one row that has no name, or, of old API servers, the object itself. */
const bookmarkSchema = z.object({
  metadata: versionSchema.optional(),
  rows: z.array(z.object({ object: z.object({ metadata: versionSchema }) })).nullish(),
});
const errorSchema = z.object({ code: z.number().default(500), message: z.string().default('The watch failed.') });

export type WatchEvent =
  | { readonly kind: 'put' | 'delete'; readonly row: TableRow; readonly resourceVersion: string }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string }
  | { readonly kind: 'error'; readonly status: number; readonly message: string };

/** Reads one line of a watch of tables. A table of several rows would be several events of one version. */
export function readWatchEvent(line: string): WatchEvent[] {
  const { type, object } = eventSchema.parse(JSON.parse(line));
  if (type === 'ERROR') {
    const { code, message } = errorSchema.parse(object);
    return [{ kind: 'error', status: code, message }];
  }
  if (type === 'BOOKMARK') {
    const { metadata, rows } = bookmarkSchema.parse(object);
    const resourceVersion = metadata?.resourceVersion || (rows?.[0]?.object.metadata.resourceVersion ?? '');
    return resourceVersion === '' ? [] : [{ kind: 'bookmark', resourceVersion }];
  }
  const table = tableSchema.safeParse(object).data;
  const rows = (table?.rows ?? []).map(rowOf);
  const versions = [...rows.map(({ version }) => version), table?.metadata.resourceVersion ?? ''];
  const newest = versions.find((version) => version !== '') ?? '';
  const kind = type === 'DELETED' ? 'delete' : 'put';
  return rows.map((row) => ({ kind, row, resourceVersion: newest }));
}

/** The words of a cell. Lists and objects, which a CRD may put into a column, as JSON. */
export function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'string' || typeof cell === 'number' || typeof cell === 'boolean'
    ? String(cell)
    : JSON.stringify(cell);
}

/** The columns that are shown, each with where its cells are: the first, which is the name, and those that are chosen. */
export function shownColumns(
  columns: readonly TableColumn[],
  chosen: readonly string[] | undefined,
): (TableColumn & { readonly at: number })[] {
  return columns.flatMap((column, at) => {
    const isShown = at === 0 || (chosen === undefined ? column.priority === 0 : chosen.includes(column.name));
    return isShown ? [{ ...column, at }] : [];
  });
}

/** The column that says how old something is: shown from the time of creation, which does not stand still. */
export function isAge({ name }: Pick<TableColumn, 'name'>): boolean {
  return name === 'Age';
}

const DURATION = /^(?:\d+(?:y|d|h|m|s))+$/;
const UNIT_SECONDS: Record<string, number> = { y: 31_536_000, d: 86_400, h: 3600, m: 60, s: 1 };
const COUNT = /^(\d+)\/(\d+)$/;

/** What a cell is sorted by: durations (`3d4h`), ratios (`1/2`) and numbers by their size, the rest as text. */
function sortKey(cell: unknown): number | string {
  if (typeof cell === 'number') return cell;
  const text = cellText(cell);
  if (DURATION.test(text))
    return [...text.matchAll(/(\d+)([ydhms])/g)].reduce(
      (sum, [, count, unit = 's']) => sum + Number(count) * (UNIT_SECONDS[unit] ?? 0),
      0,
    );
  const ratio = COUNT.exec(text);
  if (ratio !== null) return Number(ratio[1]) / Math.max(1, Number(ratio[2]));
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

export function compareCells(a: unknown, b: unknown): number {
  const [left, right] = [sortKey(a), sortKey(b)];
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  return COLLATOR.compare(String(left), String(right));
}

export interface TableView {
  /** Whether its words are in a row: its name, its namespace or a cell. */
  readonly search: string;
  /** The name of a column, `Namespace`, or null for names. */
  readonly sort: string | null;
  readonly descending: boolean;
}

/** The rows that a view shows, in its order; the name decides between those that are alike. */
export function viewRows(rows: Iterable<TableRow>, columns: readonly TableColumn[], view: TableView): TableRow[] {
  const words = view.search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const shown = [...rows].filter((row) => {
    if (words.length === 0) return true;
    const text = [row.name, row.namespace ?? '', ...row.cells.map(cellText)].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const at = columns.findIndex(({ name }) => name === view.sort);
  const column = columns[at];
  const byName = (a: TableRow, b: TableRow): number =>
    COLLATOR.compare(a.name, b.name) || COLLATOR.compare(a.namespace ?? '', b.namespace ?? '');
  const compare = (a: TableRow, b: TableRow): number => {
    if (view.sort === 'Namespace') return COLLATOR.compare(a.namespace ?? '', b.namespace ?? '');
    if (column === undefined) return byName(a, b);
    // The youngest first, as its age is the smallest.
    if (isAge(column)) return (b.createdAt ?? 0) - (a.createdAt ?? 0);
    return compareCells(a.cells[at], b.cells[at]);
  };
  const sign = view.descending ? -1 : 1;
  return shown.toSorted((a, b) => sign * compare(a, b) || byName(a, b));
}
