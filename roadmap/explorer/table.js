// The table of all steps: headings that sort, a button a step that chooses it.

/** The columns for these series: heading, text of a cell, number to sort by. */
function columns(main, others, paper) {
  const of = (series) => (step) => series.rows[step];
  const own = of(main);
  const ours = [
    { key: "status", head: "Status", words: true, text: (s) => STATUS[own(s)?.adopted] ?? "", by: (s) => own(s)?.adopted },
    { key: "n", head: "n", text: (s) => (own(s) ? `${own(s).n}` : ""), by: (s) => own(s)?.n },
    ...accuracy(main, "", "own"),
    { key: "vs", head: "vs", words: true, text: (s) => own(s)?.parent ?? "", by: (s) => own(s)?.parent || null },
    { key: "gflops", head: "GFLOPs", text: (s) => gflops(own(s)?.gflops), by: (s) => own(s)?.gflops },
    { key: "params", head: "Params (M)", text: (s) => millions(own(s)?.params), by: (s) => own(s)?.params },
  ];
  const beside = others.flatMap((series, i) => accuracy(series, `${series.study}, ${series.regime}: `, `other${i}`));
  const shown = others.includes(paper) || main === paper ? [] : accuracy(paper, `${paper.study}, ${paper.regime}: `, "paper");
  return [...ours, ...beside, ...shown].filter(({ text, always }) => always || DATA.steps.some(({ step }) => text(step)));
}

function accuracy(series, name, key) {
  const row = (step) => series.rows[step];
  const text = (step) => (row(step)?.top1_mean == null ? (row(step) ? whyEmpty(row(step)) : "") : withSd(row(step).top1_mean, row(step).top1_std));
  const noise = (step) => (row(step)?.within_noise === "yes" ? " ≈" : "");
  return [
    { key: `${key}-top1`, head: `${name}top-1 (%)`, text, by: (s) => row(s)?.top1_mean, always: key === "own" },
    { key: `${key}-delta`, head: `${name}Δ`, text: (s) => change(row(s)?.delta, row(s)?.delta_std) + noise(s), by: (s) => row(s)?.delta },
  ];
}

/** Steps in the order of a column; those without a number come last either way. */
function sortSteps(steps, by, direction) {
  const empty = (x) => x === null || x === undefined || Number.isNaN(x);
  const order = (a, b) => (typeof a === "string" ? a.localeCompare(b, "en") : a - b);
  return [...steps].sort((one, other) => {
    const [a, b] = [by(one.step), by(other.step)];
    if (empty(a) || empty(b)) return empty(a) - empty(b);
    return direction === "ascending" ? order(a, b) : order(b, a);
  });
}

const NEXT = { none: "descending", descending: "ascending", ascending: "none" };

function drawTable(table, cols, steps, state, { onsort, onchoose }) {
  const sorted = (key) => (state.sort === key ? state.direction : "none");
  const heading = ({ key, head, words }) =>
    el("th", { scope: "col", "aria-sort": sorted(key), ...(words ? { class: "words" } : {}) },
      el("button", { type: "button", "data-sort": key, onclick: () => onsort(key, NEXT[sorted(key)]) }, head));
  const row = ({ step, label, section }) =>
    el("tr", { "data-step": step, class: step === state.step ? "chosen" : "" },
      el("th", { scope: "row", class: "words" },
        el("button", { type: "button", "data-choose": step, "aria-pressed": `${step === state.step}`, onclick: () => onchoose(step) }, swatch(section), arrows(label))),
      cols.map(({ text, words }) => el("td", words ? { class: "words" } : {}, text(step))));
  table.replaceChildren(
    el("caption", { class: "hidden" }, "All steps with their accuracies and costs"),
    el("thead", {}, el("tr", {}, heading({ key: "step", head: "Step", words: true }), cols.map(heading))),
    el("tbody", {}, steps.map(row)));
}
