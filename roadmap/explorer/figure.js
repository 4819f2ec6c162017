// Figure 2 as a Vega-Lite chart: names, a panel of bars and one of stars a study. Rows
// have numbers for places, so that names, bars, seeds and stars need one scale only.

const GAP = 0.95; // rows left free for the name of a section
const TEXT = { font: "system-ui, sans-serif", fill: "var(--ink)", align: "left", baseline: "middle", aria: false };
const STAR = "M0,-1L0.225,-0.309L0.951,-0.309L0.363,0.118L0.588,0.809L0,0.382L-0.588,0.809L-0.363,0.118L-0.951,-0.309L-0.225,-0.309Z";
const LETTER = 6.3; // pixels, about

/** The steps with a place each, and the names of their sections. */
function place(steps) {
  let y = 0;
  const headings = [];
  const rows = steps.map((one, i) => {
    if (one.section !== steps[i - 1]?.section) {
      y += GAP;
      headings.push({ text: one.section, y: y - 0.85, fill: colourOf(one.section) });
    }
    return { ...one, y: y++ };
  });
  return { rows, headings, top: -0.5, bottom: y - 0.4 };
}

/** A bar's offset from its row and its height: the first regime's is the thickest. */
function lanes(count) {
  const weights = Array.from({ length: count }, (_, i) => (i ? 1 : 1.6));
  const sum = weights.reduce((a, b) => a + b);
  const unit = (count === 1 ? 0.66 : 0.88) / sum;
  let at = -(unit * sum) / 2;
  return weights.map((weight) => {
    const lane = { from: at + 0.02, to: at + unit * weight - 0.02 };
    at += unit * weight;
    return lane;
  });
}

const spread = ({ top1_mean: mean, top1_std: sd, seeds }) => [mean - (sd ?? 0), mean + (sd ?? 0), ...seeds];

/** A panel's data: bars, dots, stars, and a target to hover and click in each row. */
function panelData(panel, rows) {
  const places = lanes(panel.series.length);
  const data = { bars: [], dots: [], stars: [], targets: [] };
  panel.series.forEach((series, lane) => {
    for (const { step, section, y } of rows) {
      const row = series.rows[step];
      const bar = { step, lane, y: y + (places[lane].from + places[lane].to) / 2, y0: y + places[lane].from, y1: y + places[lane].to };
      bar.text = textOf(series, step).bar;
      bar.empty = !row || row.top1_mean === null;
      if (!bar.empty) {
        const reach = spread(row);
        Object.assign(bar, {
          mean: row.top1_mean, low: reach[0], high: reach[1], end: Math.max(...reach), start: Math.min(...reach),
          fill: lane ? "var(--grey)" : colourOf(section),
          opacity: row.adopted === "waypoint" ? 0.5 : 1, hatched: row.adopted === "no",
          spread: row.top1_std !== null,
        });
        const tall = bar.y1 - bar.y0;
        row.seeds.forEach((x, i) => data.dots.push({ x, y: bar.y + 0.6 * tall * ((i + 0.5) / row.seeds.length - 0.5) }));
      }
      data.bars.push(bar);
      if (row && row.gflops !== null) {
        data.stars.push({ lane, y: lane || panel.series.length === 1 ? bar.y : y + places[0].from + (places[0].to - places[0].from) / 2, gflops: row.gflops, text: row.text.gflops });
      }
    }
  });
  data.targets = rows.map((one) => target(panel.series[0], one));
  return data;
}

/** The text of a row's tooltip, and what a screen reader says of it. */
function target(series, { step, label, y }) {
  const { percent, points = "", n = "", gflops = "", spoken } = textOf(series, step);
  const filled = (text) => text || "–";
  return {
    step, y0: y - 0.5, y1: y + 0.5, label, top1: percent, delta: filled(points),
    seeds: filled(n), gflops: filled(gflops), words: `${label}, ${series.study} ${series.regime}, ${spoken}`,
  };
}

/** Where the axis of accuracy starts and ends, with room for the numbers. */
function domain(bars, width) {
  const seen = bars.filter((bar) => !bar.empty);
  if (!seen.length) return [0, 100];
  const low = Math.min(...seen.map((bar) => bar.start));
  const high = Math.max(...seen.map((bar) => bar.end));
  const span = Math.max(high - low, 0.5);
  const unit = 10 ** Math.floor(Math.log10(span)) / 2;
  const left = Math.max(0, Math.floor((low - 0.08 * span) / unit) * unit);
  const room = (bar) => Math.min(0.6, (bar.text.length * LETTER + 14) / width);
  return [left, Math.max(...seen.map((bar) => left + (bar.end - left) / (1 - room(bar))))];
}

/** Text in two lines at most, of so many letters. */
function fold(text, letters) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last && last.length + word.length >= letters) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  const cut = lines.length > 2 ? `${lines.slice(1).join(" ").slice(0, letters - 2)}…` : lines[1];
  return [lines[0], cut].filter(Boolean);
}

const rowScale = (layout) => ({ domain: [layout.bottom, layout.top], zero: false, nice: false });

function backdrop(layout) {
  return {
    data: { values: layout.rows.map(({ step, y }) => ({ step, y0: y - 0.5, y1: y + 0.5 })) },
    mark: { type: "rect", fill: "var(--chosen)", aria: false },
    encoding: {
      y: { field: "y0", type: "quantitative", scale: rowScale(layout), axis: null }, y2: { field: "y1" },
      opacity: { condition: { test: "datum.step === chosen", value: 1 }, value: 0 },
    },
  };
}

function targets(layout, values, name) {
  const tooltip = [["label", "title"], ["top1", "top-1"], ["delta", "change"], ["seeds", "seeds"], ["gflops", "GFLOPs"]];
  return {
    name,
    data: { values },
    mark: { type: "rect", fill: "var(--ink)", fillOpacity: 0, cursor: "pointer" },
    encoding: {
      y: { field: "y0", type: "quantitative", scale: rowScale(layout), axis: null }, y2: { field: "y1" },
      ...(name ? { description: { field: "words" }, tooltip: tooltip.map(([field, title]) => ({ field, title })) } : {}),
    },
  };
}

function names(layout, width, size) {
  const y = { field: "y", type: "quantitative", scale: rowScale(layout), axis: null };
  const values = layout.rows.map((row) => ({ ...row, lines: fold(row.label, width / (size * 0.54)) }));
  return {
    width,
    layer: [
      backdrop(layout),
      { data: { values: layout.headings },
        mark: { ...TEXT, type: "text", fontSize: 11.5, fontWeight: 600, fill: "var(--ink)" },
        encoding: { y, x: { value: 11 }, text: { field: "text" } } },
      { data: { values: layout.headings },
        mark: { type: "point", shape: "square", size: 56, filled: true, opacity: 1, aria: false },
        encoding: { y, x: { value: 4 }, fill: { field: "fill", type: "nominal", scale: null } } },
      { data: { values },
        mark: { ...TEXT, type: "text", fontSize: size, lineHeight: size + 0.5 },
        encoding: { y, x: { value: 0 }, text: { field: "lines" } } },
      targets(layout, layout.rows.map(({ step, y: at }) => ({ step, y0: at - 0.5, y1: at + 0.5 })), ""),
    ],
  };
}

function bars(layout, data, [left, right], width, at) {
  const x = { type: "quantitative", scale: { domain: [left, right], zero: false, nice: false },
    axis: { title: `top-1 (%), axis starts at ${+left.toFixed(2)}`, tickCount: Math.max(2, Math.round(width / 70)) } };
  const y = { type: "quantitative", scale: rowScale(layout), axis: null };
  const drawn = data.bars.filter((bar) => !bar.empty).map((bar) => ({ ...bar, left }));
  const text = data.bars.map((bar) => ({ ...bar, end: bar.empty ? left : bar.end }));
  const box = { x: { ...x, field: "left" }, x2: { field: "mean" }, y: { ...y, field: "y0" }, y2: { field: "y1" } };
  return {
    width,
    layer: [
      backdrop(layout),
      { data: { values: drawn }, mark: { type: "rect", aria: false },
        encoding: { ...box, fill: { field: "fill", type: "nominal", scale: null }, opacity: { field: "opacity", type: "quantitative", scale: null } } },
      { data: { values: drawn.filter((bar) => bar.hatched) }, mark: { type: "rect", fill: "url(#hatch)", aria: false }, encoding: box },
      { data: { values: drawn.filter((bar) => bar.spread) }, mark: { type: "rule", stroke: "var(--ink)", strokeWidth: 1.2, aria: false },
        encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y: { ...y, field: "y" } } },
      { data: { values: data.dots }, mark: { type: "point", filled: true, size: 14, fill: "var(--paper)", stroke: "var(--ink)", strokeWidth: 0.8, opacity: 1, aria: false },
        encoding: { x: { ...x, field: "x" }, y: { ...y, field: "y" } } },
      { data: { values: text }, mark: { ...TEXT, type: "text", dx: 6, fontSize: 11 },
        encoding: { x: { ...x, field: "end" }, y: { ...y, field: "y" }, text: { field: "text" },
          fill: { condition: { test: "datum.empty || datum.lane > 0", value: "var(--pale)" }, value: "var(--ink)" } } },
      targets(layout, data.targets, `target_${at}`),
    ],
  };
}

function stars(layout, data, width) {
  const y = { field: "y", type: "quantitative", scale: rowScale(layout), axis: null };
  const first = data.stars.filter((star) => !star.lane);
  const most = Math.max(0, ...first.map((star) => star.gflops)) || 1;
  const x = { field: "gflops", type: "quantitative", axis: null, scale: { domain: [0, most], range: [6, width - (width > 100 ? 70 : 52)], nice: false } };
  return {
    title: title("★ GFLOPs", { fontWeight: "normal", color: "var(--pale)" }),
    width,
    layer: [
      backdrop(layout),
      { data: { values: first }, mark: { type: "line", stroke: "var(--ink)", strokeWidth: 0.8, aria: false }, encoding: { x, y, order: { field: "y", type: "quantitative" } } },
      { data: { values: first }, mark: { type: "point", shape: STAR, size: 34, filled: true, fill: "var(--ink)", opacity: 1, aria: false }, encoding: { x, y } },
      { data: { values: data.stars }, mark: { ...TEXT, type: "text", fontSize: 10.5 },
        encoding: { x: { value: width - (width > 100 ? 60 : 42) }, y, text: { field: "text" }, fill: { condition: { test: "datum.lane > 0", value: "var(--pale)" }, value: "var(--ink)" } } },
      targets(layout, data.targets.map(({ step, y0, y1 }) => ({ step, y0, y1 })), ""),
    ],
  };
}

const title = (text, settings) => ({ text, anchor: "start", frame: "group", offset: 8, ...settings });

function panelName({ study, series }) {
  const [first, ...others] = series.map((one) => one.regime);
  return `${study}: ${first}${others.length ? ` (grey: ${others.join(", ")})` : ""}`;
}

const CONFIG = {
  background: null,
  font: "system-ui, sans-serif",
  view: { stroke: null },
  concat: { spacing: 0 },
  title: { color: "var(--ink)", fontSize: 12.5, fontWeight: 600 },
  axis: { domain: false, ticks: false, gridColor: "var(--line)", labelColor: "var(--pale)", titleColor: "var(--pale)", titleFontWeight: "normal", titleFontSize: 11, labelFontSize: 11, labelPadding: 6 },
};

/** The figure of these panels (a study and its regimes each), so many pixels wide.
 * Side by side they share the names; where there is no room they lie beneath. */
function figureSpec(panels, steps, { width, chosen }) {
  const layout = place(steps);
  const narrow = width < 560;
  const [named, starred] = narrow ? [122, 82] : [205, 118];
  const beside = !narrow && (width - named) / panels.length - starred >= 130;
  const own = Math.floor((width - named) / (beside ? panels.length : 1)) - starred - 4;
  const most = Math.max(...panels.map((panel) => panel.series.length));
  const height = (layout.bottom - layout.top) * (narrow ? 29 : most > 1 ? 27 : 23);
  const label = names(layout, named, narrow ? 11 : 12);
  const all = panels.map((panel) => panelData(panel, layout.rows));
  const measure = ({ study, series }) => series[0].data ?? study;
  const parts = panels.map((panel, at) => {
    const data = all[at];
    // Studies of one data set share the axis.
    const alike = all.filter((_, i) => measure(panels[i]) === measure(panel));
    const drawn = bars(layout, data, domain(alike.flatMap((one) => one.bars), own), own, at);
    const name = title(panelName(panel), { limit: beside ? own - 6 : width });
    return { name, views: [beside ? { ...drawn, title: name } : drawn, stars(layout, data, starred)] };
  });
  const line = (views) => ({ spacing: 0, bounds: "flush", hconcat: views.map((view) => ({ ...view, height })) });
  const lines = beside
    ? [line([label, ...parts.flatMap(({ views }) => views)])]
    : parts.map(({ name, views }) => ({ ...line([label, ...views]), title: name }));
  return {
    description: `Figure 2: accuracy and GFLOPs of ${steps.length} steps; ${panels.map(panelName).join("; ")}`,
    params: [{ name: "chosen", value: chosen }],
    config: CONFIG,
    spacing: 28,
    vconcat: lines,
  };
}
