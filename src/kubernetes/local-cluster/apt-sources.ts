import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './process-identity.ts';
import { readIfThere } from './read-if-there.ts';

/** The machine's entries for its own release, with source packages switched on, in apt's two formats. */
export interface AptSources {
  /** For a file that ends in `.sources` (deb822). */
  readonly stanzas: string;
  /** For a file that ends in `.list` (one line each). */
  readonly lines: string;
}

/**
 * Reads where this machine gets its packages from. Mirrors, proxies and keys are the machine's own, never ours.
 *
 * @param codename of the release, e.g. `bookworm`
 * @throws Error in plain words when there is no entry for the release
 */
export async function readAptSources(codename: string, aptDir = '/etc/apt'): Promise<AptSources> {
  const parts = (await listIfThere(join(aptDir, 'sources.list.d'))).map((name) => join('sources.list.d', name));
  const stanzas: string[] = [];
  const lines: string[] = [];
  for (const name of ['sources.list', ...parts]) {
    if (name.endsWith('.sources')) stanzas.push(...withSourceStanzas(await readIfThere(join(aptDir, name)), codename));
    if (name.endsWith('.list')) lines.push(...withSourceLines(await readIfThere(join(aptDir, name)), codename));
  }
  if (stanzas.length + lines.length === 0) {
    throw new Error(`apt knows no source of Debian's packages for "${codename}": ${aptDir} names none.`);
  }
  return { stanzas: stanzas.join('\n'), lines: lines.join('\n') };
}

/** The stanzas of a deb822 file that hold the release's main packages, each with its source packages. */
function withSourceStanzas(text: string, codename: string): string[] {
  const withoutComments = text.replaceAll(/^#.*\n?/gm, '');
  return withoutComments.split(/\n[ \t]*\n/).flatMap((stanza) => {
    // A line that begins with a blank continues the field before it.
    const fields = stanza.split(/\n(?![ \t])/).filter((field) => field.trim() !== '');
    const values = new Map(
      fields.map((field) => {
        const colon = field.indexOf(':');
        return [field.slice(0, colon).trim().toLowerCase(), field.slice(colon + 1).trim()] as const;
      }),
    );
    const suites = words(values.get('suites')).filter((suite) => isOfRelease(suite, codename));
    const isOff = values.get('enabled')?.toLowerCase() === 'no';
    if (isOff || suites.length === 0 || !words(values.get('components')).includes('main')) return [];
    const kept = fields.filter((field) => !/^(types|suites|enabled)[ \t]*:/i.test(field));
    return [['Types: deb deb-src', `Suites: ${suites.join(' ')}`, ...kept, ''].join('\n')];
  });
}

/** The lines of a `sources.list` that hold the release's main packages, each with its source packages. */
function withSourceLines(text: string, codename: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [, options = '', uri, suite, components = ''] =
      /^\s*deb(?:-src)?\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line) ?? [];
    if (uri === undefined || suite === undefined || !isOfRelease(suite, codename)) return [];
    if (!words(components).includes('main')) return [];
    const rest = `${options.trim() === '' ? '' : `${options.trim()} `}${uri} ${suite} ${words(components).join(' ')}`;
    return [`deb ${rest}`, `deb-src ${rest}`];
  });
}

function isOfRelease(suite: string, codename: string): boolean {
  return [codename, `${codename}-updates`, `${codename}-security`].includes(suite);
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

async function listIfThere(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).toSorted();
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}
