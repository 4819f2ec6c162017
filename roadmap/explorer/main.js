// What is shown is one state; controls, figure, table and details are drawn from it.

const at = (id) => document.getElementById(id);
const key = (series) => JSON.stringify([series.study, series.regime]);
const EMBED = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, tooltip: { theme: "custom" } };
const PATH = ["start", "yes", "waypoint"];

const state = { study: DATA.asked[0], regime: "", compare: new Set(), hidden: new Set(), status: "all", sort: "", direction: "none", step: "" };
let figure = null; // Vega-Embed's result; its signal `chosen` marks the chosen row
let curves = null;

const regimesOf = (study) => DATA.series.filter((one) => one.study === study).map((one) => one.regime);
const mainSeries = () => DATA.series.find((one) => one.study === state.study && one.regime === state.regime);
const asks = () => Boolean(mainSeries().question); // then its steps are combinations of changes
const choices = () => DATA.series.filter((one) => one !== mainSeries() && !one.question);
const others = () => (asks() ? [] : choices().filter((one) => state.compare.has(key(one))));
const papers = () => DATA.series.filter((one) => one.study === "paper");

/** The steps of the shown studies that the filters leave, in the roadmap's order. */
function shownSteps() {
  if (asks()) return DATA.steps.filter(({ step }) => mainSeries().rows[step]).map(asCombination);
  const beside = others().filter((one) => one.study !== "paper"); // its steps are those of the others
  const series = [mainSeries(), ...beside];
  const status = (step) => series.map((one) => one.rows[step]?.adopted).find(Boolean);
  const wanted = { all: () => true, path: (s) => PATH.includes(status(s)), aside: (s) => status(s) === "no" }[state.status];
  return DATA.steps.filter(({ step, section }) => status(step) && wanted(step) && !state.hidden.has(section));
}

/** The same in the table's order: a heading sorts the table, the figure keeps its sections;
 * combinations have no order of their own but that of their accuracy. */
function tableSteps() {
  const left = shownSteps();
  if (!state.sort) return asks() ? sortSteps(left, (step) => mainSeries().rows[step].top1_mean, "descending") : left;
  const labels = Object.fromEntries(left.map((one) => [one.step, one.label]));
  const column = shownColumns().find((one) => one.key === state.sort);
  return sortSteps(left, column ? column.by : (step) => labels[step], state.direction);
}

const firstStep = () => (asks() ? tableSteps()[0].step : Object.keys(mainSeries().rows).at(-1));

function shownColumns() {
  if (asks()) return combinationColumns(mainSeries());
  const paper = papers().find((one) => one.regime === state.regime) ?? papers()[0];
  return columns(mainSeries(), others(), paper);
}

/** Studies side by side, a study's regimes in one panel. */
function panels() {
  const series = [mainSeries(), ...others()];
  return [...new Set(series.map((one) => one.study))].map((study) => ({ study, series: series.filter((one) => one.study === study) }));
}

function drawControls() {
  const options = (list, chosen) => list.map((name) => el("option", { value: name, selected: name === chosen }, name));
  at("study").replaceChildren(...options(DATA.asked, state.study));
  at("regime").replaceChildren(...options(regimesOf(state.study), state.regime));
  at("status").value = state.status;
  const box = (text, value, checked, mark) =>
    el("label", {}, el("input", { type: "checkbox", value, checked }), mark, text);
  at("compare").replaceChildren(el("legend", {}, "Compare with"),
    ...choices().map((one) => box(one.name, key(one), state.compare.has(key(one)), null)));
  const sections = [...new Set(DATA.steps.map((one) => one.section))].filter((name) => name !== "combination");
  at("sections").replaceChildren(el("legend", {}, "Sections"),
    ...sections.map((name) => box(name, name, !state.hidden.has(name), swatch(name))));
}

/** A question has the worths, and its combinations beside the chosen one; no figure 2. */
function arrange() {
  document.body.classList.toggle("asks", asks());
  if (asks()) at("spread").prepend(at("table-part"));
  else at("spread").after(at("table-part"));
  at(asks() ? "table-part" : "figure-part").append(at("readout"));
}

async function drawFigure() {
  const steps = shownSteps();
  const focused = at("figure").contains(document.activeElement);
  at("spread").classList.toggle("wide", panels().length > 1);
  at("figure-note").textContent = caption([mainSeries(), ...others()]);
  figure?.finalize();
  figure = null;
  if (asks()) return at("figure").replaceChildren();
  if (!steps.length) {
    at("figure").replaceChildren(el("p", {}, "No step is left: tick a section, or show all steps."));
    return;
  }
  const width = Math.max(300, Math.floor(at("figure").clientWidth));
  const spec = figureSpec(panels(), steps, { width, chosen: state.step });
  figure = await vegaEmbed(at("figure"), spec, EMBED);
  figure.view.addEventListener("click", (event, item) => item?.datum?.step && choose(item.datum.step));
  makeButtons(steps);
  if (focused) buttonOf(state.step)?.focus();
}

// The figure's rows as buttons: one of them is in the tab order, arrows move along.

const buttons = () => [...at("figure").querySelectorAll("[data-step]")];
const buttonOf = (step) => buttons().find((one) => one.dataset.step === step);

function makeButtons(steps) {
  panels().forEach((_, panel) => {
    at("figure").querySelectorAll(`.target_${panel}_marks path`).forEach((mark, row) => {
      mark.dataset.step = steps[row].step;
      mark.dataset.place = `${panel},${row}`;
      mark.setAttribute("role", "button");
      mark.removeAttribute("aria-roledescription");
    });
  });
  markButtons();
}

function markButtons() {
  const first = buttonOf(state.step) ?? buttons()[0];
  for (const one of buttons()) {
    one.setAttribute("tabindex", one === first ? "0" : "-1");
    one.setAttribute("aria-pressed", `${one.dataset.step === state.step}`);
  }
}

const MOVES = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };

function onKey(event) {
  const from = event.target.closest?.("[data-place]");
  if (!from) return;
  const [panel, row] = from.dataset.place.split(",").map(Number);
  const last = Math.max(...buttons().map((one) => +one.dataset.place.split(",")[1]));
  const go = { Home: [panel, 0], End: [panel, last] };
  const move = MOVES[event.key];
  const to = move ? [panel + move[0], row + move[1]] : go[event.key];
  if (event.key === "Enter" || event.key === " ") choose(from.dataset.step);
  else if (to) buttons().find((one) => one.dataset.place === to.join())?.focus();
  else return;
  event.preventDefault();
}

// The chosen step

async function choose(step) {
  state.step = step;
  remember();
  if (figure) await figure.view.signal("chosen", step).runAsync();
  markButtons();
  for (const row of at("table").querySelectorAll("tr[data-step]")) {
    row.classList.toggle("chosen", row.dataset.step === step);
    row.querySelector("button").setAttribute("aria-pressed", `${row.dataset.step === step}`);
  }
  await drawDetails();
}

async function drawDetails() {
  const found = DATA.steps.find(({ step }) => step === state.step);
  const one = asks() ? asCombination(found) : found;
  const series = [...new Set([mainSeries(), ...others(), ...papers()])];
  const walked = document.activeElement?.dataset?.walk;
  at("details").replaceChildren(...(asks()
    ? combinationDetails(one, combinationOf(state.step), mainSeries(), state.regime)
    : details(one, DATA.lessons[state.regime]?.[state.step], mainSeries(), series, state.regime)));
  const order = tableSteps().map(({ step }) => step);
  for (const button of at("details").querySelectorAll("[data-walk]")) {
    const to = order[order.indexOf(state.step) + +button.dataset.walk];
    button.disabled = !to;
    button.addEventListener("click", () => choose(to));
    if (button.dataset.walk === walked) button.focus();
  }
  readOut(one);
  curves?.finalize();
  const spec = at("curves") && curvesSpec(mainSeries(), state.step, mainSeries().rows[state.step]?.text[asks() ? "against" : "parent"], one.section, at("curves").clientWidth);
  curves = spec ? await vegaEmbed(at("curves"), spec, EMBED) : null;
}

/** Say in a line what was chosen, to the eye and to a screen reader. */
function readOut({ step, label }) {
  const link = el("a", { href: "#details", onclick: toDetails }, "Details");
  at("readout").replaceChildren(el("strong", {}, label), textOf(mainSeries(), step).readout, ". ", link);
}

/** To the chosen step, without giving up the state that the address keeps. */
function toDetails(event) {
  event.preventDefault();
  at("details").focus({ preventScroll: true });
  at("details").scrollIntoView();
}

function drawTableNow() {
  drawTable(at("table"), shownColumns(), tableSteps(), state, {
    first: asks() ? "Combination" : "Step",
    onchoose: choose,
    onsort: (column, direction) => {
      Object.assign(state, direction === "none" ? { sort: "", direction } : { sort: column, direction });
      draw().then(() => at("table").querySelector(`[data-sort="${column}"]`)?.focus());
    },
  });
  at("table-note").textContent = asks() ? "" : DATA.words.note;
}

async function draw() {
  remember();
  arrange();
  drawTableNow();
  await Promise.all([drawWorth(), drawFigure(), drawDetails()]);
}

function onControl(event) {
  const { id, value, checked } = event.target;
  const group = event.target.closest("fieldset")?.id;
  if (id === "study") Object.assign(state, { study: value, regime: regimesOf(value)[0] });
  if (id === "regime") state.regime = value;
  if (id === "status") state.status = value;
  if (group === "compare") state.compare[checked ? "add" : "delete"](value);
  if (group === "sections") state.hidden[checked ? "delete" : "add"](value);
  if (!mainSeries().rows[state.step]) state.step = firstStep();
  if (id === "study" || id === "regime") {
    drawControls();
    at(id).focus();
  }
  draw();
}

let waiting = 0;
let drawnWidth = window.innerWidth;
function onResize() {
  if (window.innerWidth === drawnWidth) return; // a phone's bars come and go
  drawnWidth = window.innerWidth;
  clearTimeout(waiting);
  waiting = setTimeout(() => draw(), 150);
}

at("controls").addEventListener("change", onControl);
at("controls").addEventListener("submit", (event) => event.preventDefault());
document.querySelector(".skip").addEventListener("click", toDetails);
at("figure").addEventListener("keydown", onKey);
window.addEventListener("resize", onResize);
at("agreement").replaceChildren(...DATA.agreement.map((line) => el("li", {}, line)));
recall();
drawControls();
draw().then(() => document.documentElement.setAttribute("data-drawn", "yes"));
