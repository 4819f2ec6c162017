// The strings of a step and the elements that show them. Elements are made of text
// alone: nothing in this page is ever parsed as HTML.

const DATA = JSON.parse(document.getElementById("data").textContent);

/** The strings of a step in a study; each says that there is no such step, if so. */
const textOf = (series, step) => series.rows[step]?.text ?? ABSENT;

const ABSENT = Object.fromEntries(
  ["top1", "percent", "bar", "readout", "spoken"].map((key) => [key, DATA.words.absent]));

/** What the marks of a figure of these series mean. */
function caption(series) {
  const rows = series.flatMap((one) => Object.values(one.rows));
  const counts = series.map((one) => `${one.usual} (${one.name})`);
  const parts = [
    ["Bars: mean over n seeds.", true],
    ["Whiskers: ±1 sd (ddof=1).", rows.some((row) => row.top1_std !== null)],
    ["Dots: single seeds.", series.some((one) => Object.keys(one.runs).length)],
    ["Hatched: not adopted.", rows.some((row) => row.adopted === "no")],
    ["Pale: a waypoint, passed but not kept.", rows.some((row) => row.adopted === "waypoint")],
    ["≈: the change is within noise (t test, Holm).", rows.some((row) => row.within_noise === "yes")],
    ["(≈): so by Holm; its interval alone excludes 0.", rows.some((row) => row.text.bar.includes("(≈)"))],
    [`n = ${counts.join(", ")}, unless noted at the bar.`, true],
  ];
  return parts.filter(([, applies]) => applies).map(([text]) => text).join(" ");
}

const colourOf = (section) =>
  `var(--${section.replaceAll(/[^A-Za-z]/g, "-")}, var(--ink))`;

/** An element: attributes, properties and listeners (`onclick`) by name, then content. */
function el(tag, attributes = {}, ...content) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "colour") made.style.setProperty("--colour", value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else made.setAttribute(name, value);
  }
  made.append(...content.flat().filter((one) => one !== null && one !== ""));
  return made;
}

const swatch = (section) =>
  el("span", { class: "swatch", colour: colourOf(section), "aria-hidden": "true" });

/** A table of text that scrolls by itself, and a note under it.
 * The first column names its row; `words` columns are aligned as text. */
function grid(name, heads, rows, { note = "", words = 1, classes = [] } = {}) {
  const align = (i) => (i < words ? { class: "words" } : {});
  const head = heads.map((text, i) => el("th", { scope: "col", ...align(i) }, text));
  const body = rows.map((cells, at) =>
    el("tr", classes[at] ? { class: classes[at] } : {}, cells.map((cell, i) =>
      i === 0 ? el("th", { scope: "row", class: "words" }, cell) : el("td", align(i), cell))));
  const table = el("table", {}, el("thead", {}, el("tr", {}, head)), el("tbody", {}, body));
  return el("div", {},
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, table),
    note ? el("p", { class: "note" }, note) : null);
}
