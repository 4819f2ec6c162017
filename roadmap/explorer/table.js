// The table of all steps: headings that sort, a button a step that chooses it.

/** The columns for these series: heading, text of a cell, number to sort by. */
function columns(main, others, paper) {
  const row = (step) => main.rows[step];
  const text = (key) => (step) => row(step)?.text[key] ?? "";
  const ours = [
    { key: "status", head: "Status", words: true, text: text("status"), by: (s) => row(s)?.adopted },
    { key: "n", head: "n", text: text("n"), by: (s) => row(s)?.n },
    ...accuracy(main, "", "own"),
    { key: "vs", head: "vs", words: true, text: text("against"), by: (s) => row(s)?.text.against || null },
    { key: "gflops", head: "GFLOPs", text: text("gflops"), by: (s) => row(s)?.gflops },
    { key: "params", head: "Params (M)", text: text("params"), by: (s) => row(s)?.params },
  ];
  const beside = others.flatMap((series, i) => accuracy(series, `${series.name}: `, `other${i}`));
  const shown = others.includes(paper) || main === paper ? [] : accuracy(paper, `${paper.name}: `, "paper");
  return [...ours, ...beside, ...shown].filter(({ text, always }) => always || DATA.steps.some(({ step }) => text(step)));
}

function accuracy(series, name, key) {
  const row = (step) => series.rows[step];
  return [
    { key: `${key}-top1`, head: `${name}top-1 (%)`, text: (s) => row(s)?.text.top1 ?? "", by: (s) => row(s)?.top1_mean, always: key === "own" },
    { key: `${key}-delta`, head: `${name}Δ`, text: (s) => row(s)?.text.delta ?? "", by: (s) => row(s)?.delta },
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

function drawTable(table, cols, steps, state, { first, onsort, onchoose }) {
  const sorted = (key) => (state.sort === key ? state.direction : "none");
  const heading = ({ key, head, words }) =>
    el("th", { scope: "col", "aria-sort": sorted(key), ...(words ? { class: "words" } : {}) },
      el("button", { type: "button", "data-sort": key, onclick: () => onsort(key, NEXT[sorted(key)]) }, head));
  const row = ({ step, label, section }) =>
    el("tr", { "data-step": step, class: step === state.step ? "chosen" : "" },
      el("th", { scope: "row", class: "words" },
        el("button", { type: "button", "data-choose": step, "aria-pressed": `${step === state.step}`, onclick: () => onchoose(step) }, swatch(section), label)),
      cols.map(({ text, words }) => el("td", words ? { class: "words" } : {}, text(step))));
  table.replaceChildren(
    el("caption", { class: "hidden" }, "Accuracies and costs"),
    el("thead", {}, el("tr", {}, heading({ key: "step", head: first, words: true }), cols.map(heading))),
    el("tbody", {}, steps.map(row)));
}
