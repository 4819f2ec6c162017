// The chosen step: why, what changes, the block before and after, costs, curves, numbers.

/** Elements of what is known of a step; `series` are the shown ones and the paper's. */
function details({ step, label, section }, lesson, main, series, regime) {
  const heading = (text, ...content) => [el("h3", {}, text), ...content];
  return [
    el("p", { class: "kicker" }, swatch(section), kicker(step, section, lesson, main)),
    el("h2", { id: "step-title" }, lesson?.title ?? label),
    walk("← Step before", "Next step →"),
    ...(lesson ? said(lesson) : [el("p", { class: "note" }, noLesson(step, regime))]),
    ...(lesson?.changes.length ? heading("The change", changes(lesson, section)) : []),
    ...(lesson ? heading(lesson.diagrams.length > 1 ? "The block, before and after" : "The block", ...network(lesson)) : []),
    ...heading("Measured", measured(step, series)),
    ...heading("Seed by seed", curvePart(main, step), ...runs(main, step)),
    ...(lesson ? heading("Cost, stage by stage", ...costs(lesson)) : []),
    ...(lesson ? [layers(lesson)] : []),
  ];
}

function kicker(step, section, lesson, main) {
  const { status, parent } = lesson ?? main.rows[step]?.text ?? {};
  return [section, status, parent && `changes ${parent}`].filter(Boolean).join(" · ");
}

const noLesson = (step, regime) =>
  `${step} is no step of this project's roadmap at regime ${regime}, so only its numbers are known here.`;

function walk(back, on) {
  const button = (by, text) => el("button", { type: "button", "data-walk": `${by}` }, text);
  return el("div", { class: "walk" }, button(-1, back), button(1, on));
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

function measured(step, series, note = DATA.words.measured_note) {
  const rows = series.filter((one) => one.rows[step]);
  const lines = Object.entries(DATA.words.measured)
    .map(([name, key]) => [name, ...rows.map((one) => one.rows[step].text[key])]);
  const heads = ["", ...rows.map((one) => one.name)];
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
  const columns = Object.keys(all[0].text).filter((name) => all.some((run) => run.text[name]));
  const table = grid("Every run", ["seed", ...columns],
    all.map((run) => [run.seed, ...columns.map((name) => run.text[name])]));
  columns.forEach((name, i) => {
    if (name === "error") table.querySelectorAll(`tbody tr td:nth-child(${i + 2})`).forEach((cell) => cell.classList.add("text"));
  });
  return [table];
}

function network({ diagrams, image_size: side }, said = "Filled strongly: what differs.") {
  const figure = ({ svg }, i) => {
    const words = diagrams.length === 2 ? ["before", "after"][i] : "";
    const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    return el("figure", { "data-diagram": words || "after" }, words ? el("figcaption", {}, words) : null, document.importNode(drawn, true));
  };
  const stressed = diagrams.length > 1 ? ` ${said}` : "";
  return [
    el("div", { class: "diagrams" }, diagrams.map(figure)),
    el("p", { class: "note" }, `Channels × height × width, for an image of ${side}×${side}.${stressed}`),
  ];
}

function costs({ costs: { heads, rows, words }, image_size: side, printed }) {
  const note = `Multiply-adds of convolutions and linear layers, for an image of ${side}×${side}; 1,000 MFLOPs are 1 GFLOP.`;
  const classes = rows.map(([name]) => (name === "all" ? "sum" : ""));
  const table = grid("Cost", ["", ...heads.slice(1)], rows, { note, words, classes });
  return printed ? [table, el("p", { class: "note" }, printed)] : [table];
}

function layers({ layers: { heads, rows, words, new: brought } }, star = "* not so before this step") {
  const note = brought.length ? star : "";
  const classes = rows.map((_, i) => (brought.includes(i) ? "new" : ""));
  return el("details", { open: true }, el("summary", {}, el("h3", {}, "Layers")), grid("Layers", heads, rows, { note, words, classes }));
}
