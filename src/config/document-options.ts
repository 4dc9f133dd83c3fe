import { OPTION_NAMES, defaultOf, environmentName, optionsSchema } from './options.ts';

/** The options as a Markdown table, for the guide; a test holds the guide to it. */
export function documentOptions(): string {
  const rows = OPTION_NAMES.map((name) => {
    const byDefault = defaultOf(name);
    const flag = name === 'local-cluster' ? '--no-local-cluster' : `--${name}`;
    return `| \`${flag}\` | \`${environmentName(name)}\` | \`${name}\` | ${byDefault === '' ? '' : `\`${byDefault}\``} | ${optionsSchema.shape[name].description ?? ''} |`;
  });
  return ['| flag | environment | file | default | meaning |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
