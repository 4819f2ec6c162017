// A combination of changes, in a study that asks a question about changes: its row in the
// table, and what is known of it.

const combinationOf = (step) => DATA.combinations[state.regime]?.[step];

/** A step of the page as a combination: all have one colour, and their name in words. */
const asCombination = ({ step, label }) =>
  ({ step, label: combinationOf(step)?.title ?? label, section: "combination" });

function combinationColumns(main) {
  const text = (key) => (step) => main.rows[step]?.text[key] ?? "";
  const number = (key) => (step) => main.rows[step]?.[key];
  const changes = (step) => combinationOf(step)?.combination.changes.length;
  return [
    { key: "own-top1", head: "top-1 (%)", text: text("top1"), by: number("top1_mean") },
    { key: "changes", head: "Changes", text: (step) => `${changes(step) ?? ""}`, by: changes },
    { key: "gflops", head: "GFLOPs", text: text("gflops"), by: number("gflops") },
    { key: "params", head: "Params (M)", text: text("params"), by: number("params") },
    { key: "seconds", head: "Seconds", text: text("seconds"), by: number("seconds") },
    { key: "n", head: "n", text: text("n"), by: number("n") },
  ];
}

/** Elements of what is known of a combination; `lesson` is null where a change is not. */
function combinationDetails({ step, label }, lesson, main, regime) {
  const heading = (text, ...content) => [el("h3", {}, text), ...content];
  const { against } = main.rows[step].text;
  const behind = against && points(main, step, true).length ? `In grey behind: ${against}.` : "";
  return [
    el("p", { class: "kicker" }, swatch("combination"), "a combination of changes"),
    el("h2", { id: "step-title" }, label),
    walk("← Row above", "Row below →"),
    ...heading("Price", price(main.rows[step])),
    ...(lesson ? heading("Switches", ...switches(lesson)) : [el("p", { class: "note" }, noLesson(step, regime))]),
    ...heading("Measured", measured(step, [main], DATA.words.combination_note)),
    ...heading("Seed by seed", curvePart(main, step), behind ? el("p", { class: "note" }, behind) : "", ...runs(main, step)),
    ...(lesson ? heading("Its changes", ...madeOf(lesson)) : []),
    ...(lesson ? heading("The network between start and end", ...between(lesson, regime)) : []),
    ...(lesson ? heading("Cost, stage by stage", ...costs(lesson)) : []),
    ...(lesson ? [layers(lesson, "* not so at the start")] : []),
  ];
}

function price({ text }) {
  const lines = Object.entries(DATA.words.price).map(([name, key]) => [name, text[key]]);
  return grid("Price", ["", "of one network"], lines.filter(([, cell]) => cell));
}

/** The switches in which start, combination and end differ. */
function switches({ command, combination: { switches: { heads, rows, words } } }) {
  const classes = rows.map(([, start, here]) => (start === here ? "" : "new"));
  return [
    grid("Switches", heads, rows, { words, classes, note: "Bold: not so at the start. All other switches are the same in all three." }),
    el("p", { class: "note" }, "Train it: ", el("code", {}, command)),
  ];
}

function madeOf({ combination: { changes, left_out: left } }) {
  const line = ({ name, title, reason }) => el("li", {}, el("code", {}, name), ` ${title}. `, el("span", { class: "note" }, reason));
  const list = el("ul", { class: "change", colour: colourOf("combination") }, changes.map(line));
  return [
    changes.length ? list : el("p", {}, "None: this is the start."),
    left.length ? el("p", { class: "note" }, `Left out: ${left.join(", ")}.`) : "",
  ];
}

function between({ diagrams, image_size }, regime) {
  const [start, end] = DATA.ends[regime].map((svg) => ({ svg }));
  const all = [start, ...diagrams, end];
  return network({ diagrams: all, image_size }, "Filled strongly: what the start lacks.");
}
