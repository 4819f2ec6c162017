// The chosen step: why, what changes, the block before and after, costs, curves, numbers.

/** Elements of what is known of a step; `series` are the shown ones and the paper's. */
function details({ step, label, section }, lesson, main, series, regime) {
  const heading = (text, ...content) => [el("h3", {}, text), ...content];
  return [
    el("p", { class: "kicker" }, swatch(section), kicker(step, section, lesson, main)),
    el("h2", { id: "step-title" }, lesson?.title ?? arrows(label)),
    walk(),
    ...(lesson ? said(lesson) : [el("p", { class: "note" }, noLesson(step, regime))]),
    ...(lesson?.changes.length ? heading("The change", changes(lesson, section)) : []),
    ...(lesson ? heading(lesson.diagrams.length > 1 ? "The block, before and after" : "The block", ...network(lesson)) : []),
    ...heading("Measured", measured(step, series)),
    ...heading("Seed by seed", curvePart(main, step), ...runs(main, step)),
    ...(lesson ? heading("Cost, stage by stage", costs(lesson), ...printed(step, lesson, series, regime)) : []),
    ...(lesson ? [layers(lesson)] : []),
  ];
}

function kicker(step, section, lesson, main) {
  const row = main.rows[step];
  const status = lesson?.status ?? row?.adopted;
  const parent = lesson?.parent ?? row?.parent;
  return [section, STATUS[status] ?? status, parent && `changes ${parent}`].filter(Boolean).join(" · ");
}

const noLesson = (step, regime) =>
  `${step} is no step of this project's roadmap at regime ${regime}, so only its numbers are known here.`;

function walk() {
  const button = (by, text) => el("button", { type: "button", "data-walk": `${by}` }, text);
  return el("div", { class: "walk" }, button(-1, "← Step before"), button(1, "Next step →"));
}

function said({ what, reason, predict }) {
  const named = (name, text) => (text ? [el("p", {}, el("strong", {}, `${name}. `), text)] : []);
  return [...(what ? [el("p", {}, what)] : []), ...named("Why", reason), ...named("Predict first", predict)];
}

function changes({ changes: lines, command }, section) {
  return el("div", {},
    el("ul", { class: "change", colour: colourOf(section) }, lines.map((line) => el("li", {}, el("code", {}, line)))),
    el("p", { class: "note" }, "Train it: ", el("code", {}, command)));
}

function measured(step, series) {
  const of = (one) => one.rows[step];
  const there = series.filter(of);
  const lines = [
    ["top-1 (%)", (r) => withSd(r.top1_mean, r.top1_std) || whyEmpty(r)],
    ["95 % interval", (r) => interval(r.top1_low, r.top1_high)],
    ["seeds finished", (r) => `${r.n}`],
    ["other runs", unfinished],
    ["Δ in points", (r) => change(r.delta, r.delta_std)],
    ["Δ, 95 % interval", (r) => interval(r.delta_low, r.delta_high, change)],
    ["p", (r) => p(r.p)],
    ["p, Holm", (r) => p(r.p_holm)],
    ["within noise", (r) => r.within_noise ?? ""],
    ["resolvable Δ", (r) => withSd(r.resolvable)],
    ["test", (r) => r.test ?? ""],
    ["not comparable in", (r) => r.differs ?? ""],
  ].map(([name, text]) => [name, ...there.map((one) => text(of(one)))]);
  const heads = ["", ...there.map((one) => `${one.study}, ${one.regime}`)];
  const note = "Mean ± sd over seeds (ddof=1). Δ is against the step it changes; its ± is the sd of the differences seed by seed.";
  return grid("Measured", heads, lines.filter(([, ...cells]) => cells.some(Boolean)), { note });
}

function curvePart(main, step) {
  if (main.published) return el("p", { class: "note" }, `${main.study} is published as a table: no seeds, no curves.`);
  if (points(main, step, true).length) return el("div", { id: "curves" });
  return el("p", { class: "note" }, "No curves: this study's records do not lie beside it, only its results.");
}

function runs(main, step) {
  const all = main.runs[step] ?? [];
  if (!all.length) return [];
  const columns = [
    ["status", (r) => r.status], ["top-1 (%)", (r) => withSd(r.top1)], ["top-5 (%)", (r) => withSd(r.top5)],
    ["loss", (r) => r.loss?.toPrecision(4) ?? ""], ["train (s)", (r) => r.train_seconds?.toFixed(0) ?? ""],
    ["device", (r) => r.device ?? ""], ["error", (r) => r.error ?? ""],
  ].filter(([, text]) => all.some(text));
  const table = grid("Every run of this step", ["seed", ...columns.map(([name]) => name)],
    all.map((run) => [`${run.seed}`, ...columns.map(([, text]) => text(run))]));
  columns.forEach(([name], i) => {
    if (name === "error") table.querySelectorAll(`tbody tr td:nth-child(${i + 2})`).forEach((cell) => cell.classList.add("text"));
  });
  return [table];
}

function network({ diagrams, image_size: side }) {
  const figure = ({ step, svg }, i) => {
    const words = diagrams.length > 1 ? ["before", "after"][i] : "";
    const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    return el("figure", { "data-diagram": words || "after" }, words ? el("figcaption", {}, words) : null, document.importNode(drawn, true));
  };
  const stressed = diagrams.length > 1 ? " Filled strongly: what differs." : "";
  return [
    el("div", { class: "diagrams" }, diagrams.map(figure)),
    el("p", { class: "note" }, `Channels × height × width, for an image of ${side}×${side}.${stressed}`),
  ];
}

function costs({ costs: lines, image_size: side }) {
  const both = lines.some((line) => line.before);
  const cells = ({ name, before, after }) =>
    both ? [name, whole(before?.[0]), whole(after[0]), before ? mflops(before[1]) : "", mflops(after[1])] : [name, whole(after[0]), mflops(after[1])];
  const heads = both ? ["", "params before", "after", "MFLOPs before", "after"] : ["", "params", "MFLOPs"];
  const note = `Multiply-adds of convolutions and linear layers, for an image of ${side}×${side}; 1,000 MFLOPs are 1 GFLOP.`;
  return grid("Cost", heads, lines.map(cells), { note, classes: lines.map(({ name }) => (name === "all" ? "sum" : "")) });
}

/** The paper's GFLOPs of the same network beside our count, where it prints them. */
function printed(step, { costs: lines }, series, regime) {
  const paper = series.find((one) => one.published && one.study === "paper" && one.regime === regime);
  const theirs = paper?.rows[step]?.gflops;
  if (theirs == null) return [];
  const ours = lines.at(-1).after[1];
  const apart = Math.abs(ours - theirs) >= 0.0051;
  const words = `The paper prints ${gflops(theirs)} GFLOPs; this count is ${gflops(ours)}.`;
  return [el("p", { class: "note" }, apart ? `${words} The two differ, and the count is not bent to match.` : words)];
}

function layers({ layers: rows }) {
  const shape = (sides) => sides.join("×");
  const cells = rows.map((row) => [
    row.where, row.name + (row.part === "shortcut" ? " (shortcut)" : "") + (row.new ? " *" : ""),
    shape(row.shape_in), shape(row.shape_out), whole(row.params), mflops(row.gflops)]);
  const note = rows.some((row) => row.new) ? "* not so before this step" : "";
  const table = grid("Layers", ["where", "layer", "in", "out", "params", "MFLOPs"], cells,
    { note, words: 2, classes: rows.map((row) => (row.new ? "new" : "")) });
  return el("details", { open: true }, el("summary", {}, el("h3", {}, "Layers")), table);
}
