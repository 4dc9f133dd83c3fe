import { createHash } from 'node:crypto';

const MAX_LENGTH = 63;

/** A context's name as an id for paths: lower case, `[a-z0-9-]`, at most 63 characters. */
export function slugOf(name: string): string {
  const slug = trimDashes(
    name
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-'),
  );
  return trimDashes(slug.slice(0, MAX_LENGTH)) || 'cluster';
}

/**
 * Ids for a set of names, in their order, each unique.
 *
 * An id must never come to mean another cluster, since grants hang on it. So it depends on names alone, not on their
 * order: a name that is its own slug keeps it, and where several others share a slug, all of them get a suffix that is
 * computed from the name.
 */
export function assignIds(names: readonly string[]): string[] {
  const slugs = names.map((name) => slugOf(name));
  const exact = new Set(names.filter((name, index) => name === slugs[index]));
  return names.map((name, index) => {
    const slug = slugs[index] ?? slugOf(name);
    if (name === slug) return slug;
    const shared = exact.has(slug) || slugs.indexOf(slug) !== slugs.lastIndexOf(slug);
    return shared ? suffixed(slug, name) : slug;
  });
}

function suffixed(slug: string, name: string): string {
  const suffix = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${trimDashes(slug.slice(0, MAX_LENGTH - 9))}-${suffix}`;
}

function trimDashes(text: string): string {
  return text.replaceAll(/^-+|-+$/g, '');
}
