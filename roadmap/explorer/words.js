// Words and numbers as the tables of roadmap.report write them, and elements made of
// text alone: nothing in this page is ever parsed as HTML.

const STATUS = {
  start: "the start",
  yes: "adopted",
  waypoint: "passed on the way",
  no: "tried, not adopted",
  reference: "for comparison",
};

const known = (x) => typeof x === "number" && Number.isFinite(x);

/** `80.57 ± 0.14`, without the ± where the sd is unknown; "" without a number. */
function withSd(value, sd, sign = "") {
  if (!known(value)) return "";
  const words = (value >= 0 ? sign : "") + value.toFixed(2).replace("-", "−");
  return known(sd) ? `${words} ± ${sd.toFixed(2)}` : words;
}

/** A difference, always with its sign. */
const change = (value, sd) => withSd(value, sd, "+");

const interval = (low, high, form = withSd) =>
  known(low) && known(high) ? `${form(low)} to ${form(high)}` : "";

const p = (x) => (!known(x) ? "" : x < 0.001 ? "< 0.001" : x.toFixed(3));

/** `4.09`, three digits below one. */
const gflops = (x) => (!known(x) ? "" : x < 1 ? x.toPrecision(3) : x.toFixed(2));

const mflops = (x) =>
  x * 1e3 >= 100 ? Math.round(x * 1e3).toLocaleString("en-US") : `${+(x * 1e3).toPrecision(3)}`;

const millions = (x) => (known(x) ? (x / 1e6).toFixed(2) : "");

const whole = (x) => (known(x) ? x.toLocaleString("en-US") : "");

/** What became of a row's other runs: `1 diverged, 2 pending`. */
const unfinished = (row) =>
  ["diverged", "failed", "pending"]
    .filter((word) => row[word])
    .map((word) => `${row[word]} ${word}`)
    .join(", ");

/** Why a row has no accuracy. */
function whyEmpty(row) {
  if (!row) return "not in this study";
  if (row.n && row.differs) return `runs differ in ${row.differs}`;
  return unfinished(row) || "no run";
}

const arrows = (label) => label.replaceAll("->", "→");

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
