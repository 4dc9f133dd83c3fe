import { z } from 'zod';
import { PortalError } from '../core/portal-error.ts';
import { catalogueEntrySchema, configPreviewResultSchema, configRowSchema } from '../wire/system-config.ts';
import type { CatalogueEntryView, ConfigPreview, ConfigRow } from '../wire/system-config.ts';
import { readAllPages } from './pages.ts';
import { PortalClient } from './portal-client.ts';
import type { ListOptions } from './sessions.ts';
import type { Surroundings } from './surroundings.ts';
import { table } from './words.ts';

export interface ChangeOptions extends ListOptions {
  readonly yes?: boolean;
  readonly type?: string;
}

/** `curfew config list`: what is stored, and the limits that hold by default. */
export async function listConfig(options: ListOptions, around: Surroundings): Promise<void> {
  const { rows, catalogue } = await readConfig(portalOf(options, around));
  const defaults = catalogue.filter(({ stored }) => !stored);
  if (options.json === true) return around.print(JSON.stringify({ items: rows, defaults }, null, 2));
  const lines = [
    ...rows.map(({ type, key, value, label }) => [type, key, value, label ?? '']),
    ...defaults.map(({ key, valueInForce, label }) => ['AppConfig', key, `${valueInForce} (default)`, label]),
  ];
  around.print(table(['TYPE', 'KEY', 'VALUE', 'LABEL'], lines));
}

/** `curfew config get`: the value in force. @throws PortalError `not-found` */
export async function getConfig(key: string, options: ListOptions, around: Surroundings): Promise<void> {
  const { rows, catalogue } = await readConfig(portalOf(options, around));
  const row = rows.find((each) => each.key === key);
  const entry = catalogue.find((each) => each.key === key);
  const value = row?.value ?? entry?.valueInForce;
  if (value === undefined) throw new PortalError('not-found', `There is no key ${key}.`);
  around.print(
    options.json === true ? JSON.stringify({ key, value, stored: row !== undefined || entry?.stored === true }) : value,
  );
}

/** `curfew config set`: says what the value would end, asks, and sets it. */
export async function setConfig(
  key: string,
  value: string,
  options: ChangeOptions,
  around: Surroundings,
): Promise<void> {
  const portal = portalOf(options, around);
  const { rows } = await readConfig(portal);
  const type = options.type ?? rows.find((each) => each.key === key)?.type ?? 'AppConfig';
  await confirm(await preview(portal, key, value), options, around);
  const set = configRowSchema.parse(await portal.send('PUT', pathOf(key), { type, value }));
  around.print(options.json === true ? JSON.stringify(set, null, 2) : `${key} is ${set.value}.`);
}

/** `curfew config unset`: the same for deleting a key; a limit returns to its default. */
export async function unsetConfig(key: string, options: ChangeOptions, around: Surroundings): Promise<void> {
  const portal = portalOf(options, around);
  await confirm(await preview(portal, key, null), options, around);
  const answer = await portal.send('DELETE', pathOf(key));
  const { defaultMinutes } = z.object({ defaultMinutes: z.int().nullable() }).parse(answer);
  if (options.json === true) return around.print(JSON.stringify({ key, defaultMinutes }));
  around.print(defaultMinutes === null ? `${key} is gone.` : `${key} is ${defaultMinutes} again, its default.`);
}

function portalOf({ server }: ListOptions, { signIns }: Surroundings): PortalClient {
  return new PortalClient(signIns.require(server));
}

function pathOf(key: string): string {
  return `/api/system-config/${encodeURIComponent(key)}`;
}

async function readConfig(portal: PortalClient): Promise<{ rows: ConfigRow[]; catalogue: CatalogueEntryView[] }> {
  const rows = await readAllPages(portal, '/api/system-config', configRowSchema);
  const answer = await portal.send('GET', '/api/system-config/catalogue');
  return { rows, catalogue: z.object({ items: z.array(catalogueEntrySchema) }).parse(answer).items };
}

async function preview(portal: PortalClient, key: string, value: string | null): Promise<ConfigPreview> {
  return configPreviewResultSchema.parse(await portal.send('POST', '/api/system-config/preview', { key, value }));
}

/** Asks before sessions end. @throws PortalError `invalid-request` where the answer is no, or nobody is there to give one */
export async function confirm(
  wouldEnd: ConfigPreview,
  options: ChangeOptions,
  { terminal, print }: Surroundings,
): Promise<void> {
  const { portal, kubernetes, endsOwn, note } = wouldEnd;
  if (note !== null && options.json !== true) print(note);
  if (portal.ending === 0 && kubernetes.ending === 0) return;
  const counts = `${portal.ending} portal and ${kubernetes.ending} Kubernetes sessions`;
  const sentence = `This ends ${counts} at once${endsOwn ? ', yours among them' : ''}.`;
  if (options.yes === true) {
    if (options.json !== true) print(sentence);
    return;
  }
  if (!terminal.isInteractive)
    throw new PortalError('invalid-request', `${sentence} Nothing was changed: say --yes to do it all the same.`);
  const answer = await terminal.ask(`${sentence} Go on? [y/N] `);
  if (!/^y(?:es)?$/i.test(answer)) throw new PortalError('invalid-request', 'Nothing was changed.');
}
