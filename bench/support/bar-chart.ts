/** One bar: what it is of, and how long. */
export interface Bar {
  readonly label: string;
  readonly value: number;
}

export interface BarChart {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
  /** Where a bound lies, if it is one for the values themselves. */
  readonly bound?: number;
}

const WIDTH = 760;
const LABELS = 250;
const VALUES = 90;
const ROW = 26;
const TOP = 52;
const PLOT = WIDTH - LABELS - VALUES;
const OWN = '#1864ab';
const PEER = '#adb5bd';

/** Horizontal bars as an SVG, ours in blue; on white, so that it reads on a dark page too. */
export function drawBars({ title, unit, bars, bound }: BarChart): string {
  const most = Math.max(...bars.map(({ value }) => value), bound ?? 0);
  const height = TOP + bars.length * ROW + 14;
  const x = (value: number): number => LABELS + (value / most) * PLOT;
  const rows = bars.map(({ label, value }, index) => {
    const y = TOP + index * ROW;
    const colour = label.startsWith('Curfew') ? OWN : PEER;
    return [
      `<text x="${LABELS - 8}" y="${y + 14}" text-anchor="end">${escape(label)}</text>`,
      `<rect x="${LABELS}" y="${y}" width="${Math.max(1, x(value) - LABELS).toFixed(1)}" height="${ROW - 7}" fill="${colour}"/>`,
      `<text x="${(x(value) + 6).toFixed(1)}" y="${y + 14}">${shorten(value)}</text>`,
    ].join('\n');
  });
  const line =
    bound === undefined
      ? ''
      : `<line x1="${x(bound).toFixed(1)}" x2="${x(bound).toFixed(1)}" y1="${TOP - 8}" y2="${height - 8}" stroke="#c92a2a" stroke-dasharray="4 3"/>
<text x="${x(bound).toFixed(1)}" y="${TOP - 12}" text-anchor="middle" fill="#c92a2a">bound ${shorten(bound)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" role="img">
<title>${escape(title)}</title>
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
<text x="12" y="22" font-size="15" font-weight="bold">${escape(title)} (${escape(unit)})</text>
${rows.join('\n')}
${line}
</svg>
`;
}

function shorten(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
