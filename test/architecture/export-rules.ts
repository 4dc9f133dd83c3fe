import { dirname, join, normalize } from 'node:path';
import type { SourceFile } from './import-rules.ts';

interface Export {
  readonly name: string;
  readonly isType: boolean;
}

/**
 * Every export of `files` that nobody imports, as `file: name`. A type that its own file mentions again may stay: it is
 * there for whoever reads a signature.
 *
 * @param importers where imports are looked for; tests count, so that a part may be exported to be tested
 */
export function unusedExports(files: readonly SourceFile[], importers: readonly SourceFile[]): string[] {
  const named = new Set<string>();
  const whole = new Set<string>();
  for (const importer of importers) noteImports(importer, named, whole);
  return files
    .filter(({ path }) => !whole.has(path))
    .flatMap((file) =>
      exportsOf(file)
        .filter(({ name, isType }) => !named.has(`${file.path}: ${name}`) && !(isType && mentions(file, name) > 1))
        .map(({ name }) => `${file.path}: ${name}`),
    );
}

function noteImports({ path, text }: SourceFile, named: Set<string>, whole: Set<string>): void {
  const resolve = (specifier: string): string => normalize(join(dirname(path), specifier));
  for (const [, names = '', from = ''] of text.matchAll(
    /\b(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s+from\s+'(\.[^']+)'/g,
  )) {
    for (const part of names.split(',')) {
      const [name = ''] = part
        .trim()
        .replace(/^type\s+/, '')
        .split(/\s+as\s+/);
      named.add(`${resolve(from)}: ${name}`);
    }
  }
  for (const [, from = ''] of text.matchAll(/\*\s+(?:as\s+\w+\s+)?from\s+'(\.[^']+)'/g)) whole.add(resolve(from));
  for (const [, from = ''] of text.matchAll(/\bimport\(\s*'(\.[^']+)'/g)) whole.add(resolve(from));
}

function exportsOf({ text }: SourceFile): Export[] {
  const declared = text.matchAll(
    /^export\s+(?:async\s+|abstract\s+)*(const|let|function\*?|class|interface|type)\s+(\w+)/gm,
  );
  return [...declared].map(([, keyword = '', name = '']) => ({
    name,
    isType: keyword === 'interface' || keyword === 'type',
  }));
}

function mentions({ text }: SourceFile, name: string): number {
  return text.match(new RegExp(String.raw`\b${name}\b`, 'g'))?.length ?? 0;
}
