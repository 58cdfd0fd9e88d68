// Draws figures over time of several contenders: ROC-AUC on the left, average precision on the right. SVG text.
const colors = ['#1d4ed8', '#b45309', '#047857'];
const panel = { width: 380, height: 240, left: 56, top: 56, gap: 72 };

function ticks(low, high, count) {
  const step = 10 ** Math.floor(Math.log10((high - low) / count));
  const wide = [1, 2, 5, 10]
    .map((factor) => factor * step)
    .find((size) => (high - low) / size <= count);
  const first = Math.ceil(low / wide - 1e-9) * wide;
  return Array.from(
    { length: Math.floor((high - first) / wide + 1e-9) + 1 },
    (_, at) => first + at * wide,
  );
}

function drawPanel(title, key, contenders, left) {
  const all = Object.values(contenders).flat();
  const [lowest, highest] = [
    Math.min(...all.map((p) => p[key])),
    Math.max(...all.map((p) => p[key])),
  ];
  const room = (highest - lowest) * 0.05;
  const [low, high, last] = [
    lowest - room,
    highest + room,
    Math.max(...all.map((p) => p.seconds)) * 1.03,
  ];
  const x = (seconds) => left + (panel.width * seconds) / last;
  const y = (value) => panel.top + panel.height * (1 - (value - low) / (high - low));
  const lines = [`<text x="${left}" y="${panel.top - 14}" class="name">${title}</text>`];
  for (const tick of ticks(low, high, 6)) {
    lines.push(`<path class="grid" d="M${left} ${y(tick).toFixed(1)}h${panel.width}"/>`);
    lines.push(
      `<text x="${left - 6}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${tick.toFixed(3)}</text>`,
    );
  }
  for (const tick of ticks(0, last, 6)) {
    lines.push(
      `<text x="${x(tick).toFixed(1)}" y="${panel.top + panel.height + 18}" text-anchor="middle">${tick.toFixed(0)}</text>`,
    );
  }
  lines.push(
    `<text x="${left + panel.width}" y="${panel.top + panel.height + 36}" text-anchor="end">seconds</text>`,
  );
  Object.values(contenders).forEach((points, at) => {
    if (points.length === 0) return;
    const path = points.map((p) => `${x(p.seconds).toFixed(1)} ${y(p[key]).toFixed(1)}`).join('L');
    lines.push(`<path class="line" stroke="${colors[at]}" d="M${path}"/>`);
    for (const p of points)
      lines.push(
        `<circle r="3" fill="${colors[at]}" cx="${x(p.seconds).toFixed(1)}" cy="${y(p[key]).toFixed(1)}"/>`,
      );
  });
  return lines;
}

/** @param contenders by name: points { seconds, rocAuc, averagePrecision } */
export function drawCurves(contenders) {
  const width = 2 * (panel.left + panel.width) + panel.gap - panel.left + 24;
  const height = panel.top + panel.height + 56;
  const legend = Object.keys(contenders).map(
    (name, at) =>
      `<text x="${panel.left + at * 160}" y="20" fill="${colors[at]}" class="legend">${name}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '<title>Figures on rows kept apart over seconds of training</title>',
    '<style>text{font:12px system-ui,sans-serif;fill:#374151}.name{font-weight:600}.legend{font-weight:600;fill:inherit}.grid{stroke:#e5e7eb}.line{fill:none;stroke-width:2}</style>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...legend,
    ...drawPanel('macro ROC-AUC', 'rocAuc', contenders, panel.left),
    ...drawPanel(
      'mean average precision',
      'averagePrecision',
      contenders,
      panel.left + panel.width + panel.gap,
    ),
    '</svg>',
  ]
    .join('\n')
    .concat('\n');
}
