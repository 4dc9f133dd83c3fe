import { OPTION_NAMES, environmentName, optionsSchema } from './options.ts';

/** The options as a Markdown table, for the guide; a test holds the guide to it. */
export function documentOptions(): string {
  const rows = OPTION_NAMES.map((name) => {
    const schema = optionsSchema.shape[name];
    const byDefault = 'def' in schema && 'defaultValue' in schema.def ? String(schema.def.defaultValue) : '';
    const flag = name === 'local-cluster' ? '--no-local-cluster' : `--${name}`;
    return `| \`${flag}\` | \`${environmentName(name)}\` | \`${name}\` | ${byDefault === '' ? '' : `\`${byDefault}\``} | ${schema.description ?? ''} |`;
  });
  return ['| flag | environment | file | default | meaning |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
