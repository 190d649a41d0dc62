/** A bar for each ratio, and the line at 1. Readable on light and dark. */
export function draw(title: string, bars: { label: string; value: number }[]): string {
  const width = 640;
  const most = Math.max(1.5, ...bars.map((bar) => bar.value)) * 1.1;
  const x = (value: number) => 130 + (value / most) * (width - 210);
  const rows = bars.map(({ label, value }, i) => {
    const y = 40 + i * 44;
    return `<text x="120" y="${y + 19}" text-anchor="end" class="t">${label}</text><rect x="130" y="${y}" width="${(x(value) - 130).toFixed(1)}" height="28" rx="4" fill="#1f8a70"/><text x="${(x(value) + 8).toFixed(1)}" y="${y + 19}" class="t">${value.toFixed(2)} ×</text>`;
  });
  const height = 62 + bars.length * 44;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}: ${bars.map((b) => `${b.label} ${b.value.toFixed(2)}`).join(", ")}">
<style>.t{font:14px system-ui,sans-serif;fill:#777}</style>
<text x="130" y="22" class="t">${title}</text>
${rows.join("\n")}
<line x1="${x(1).toFixed(1)}" x2="${x(1).toFixed(1)}" y1="32" y2="${height - 16}" stroke="#999" stroke-dasharray="4 4"/>
</svg>
`;
}
