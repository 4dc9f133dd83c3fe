import { describeBound, number, passes } from './report.ts';
import type { Report } from './report.ts';

/** All that was measured as a page, with the plots of each benchmark. */
export function renderMarkdown(
  reports: readonly Report[],
  plots: readonly { readonly benchmark: string; readonly name: string; readonly title: string }[],
): string {
  const sections = reports.map((report) => {
    const { benchmark, title, machine, measuredAt, figures, tables, notes = [] } = report;
    const drawn = plots.filter((plot) => plot.benchmark === benchmark);
    return [
      `## ${benchmark}: ${title}`,
      `${measuredAt.slice(0, 10)}, ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Linux ${machine.kernel}, Node ${machine.node}, load before ${machine.loadBefore}.`,
      table(
        ['figure', 'measured', 'bound', ''],
        figures.map((each) => [
          each.name,
          `${number(each.value)} ${each.unit}`,
          describeBound(each.bound),
          each.bound === undefined ? '' : passes(each) ? 'kept' : '**missed**',
        ]),
      ),
      ...tables.flatMap((each) => [`${each.title}:`, table(each.columns, each.rows)]),
      ...drawn.map((plot) => `![${plot.title}](${plot.name}.svg)`),
      ...notes.map((note) => `Note: ${note}`),
    ].join('\n\n');
  });
  return `# Measured\n\nWritten by \`node bench/publish.ts\` from the JSON beside it; [performance.md](../performance.md) explains the figures.\n\n${sections.join('\n\n')}\n`;
}

function table(columns: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string =>
    `| ${cells.map((cell) => (typeof cell === 'number' ? number(cell) : cell)).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}
