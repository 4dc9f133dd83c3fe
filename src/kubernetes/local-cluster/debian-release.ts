import { readIfThere } from './read-if-there.ts';

/**
 * The code name of the Debian that this is (`bookworm`), from os-release(5).
 *
 * @throws Error in plain words when this is not Debian
 */
export async function readDebianCodename(file = '/etc/os-release'): Promise<string> {
  const fields = parseOsRelease(await readIfThere(file));
  const codename = fields.get('VERSION_CODENAME');
  if (fields.get('ID') === 'debian' && codename !== undefined) return codename;
  const name = fields.get('PRETTY_NAME') ?? process.platform;
  throw new Error(
    `A local cluster is built from Debian's source packages, and this is ${name}. Start Curfew with --kubeconfig instead.`,
  );
}

/** Lines of `KEY=value`, the value quoted or not. */
function parseOsRelease(text: string): Map<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
    const [, key, value] = /^([A-Z_0-9]+)=(.*)$/.exec(line.trim()) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value.replace(/^(["'])(.*)\1$/, '$2')] as const];
  });
  return new Map(pairs);
}
