// What each change is worth, a mark a study; beside it what the change adds in cost; and
// a heat map of what two changes add together.

const SHAPES = { path: "diamond", "left out": "triangle-down", "put in": "triangle-up", factorial: "circle", orders: "square" };
const HURTS = "#ee8a68", NEITHER = "#f7f7f7", HELPS = "#7ab3dc"; // dark text is readable on each

/** The figure of the worths, so many pixels wide: a row a change. */
function worthSpec({ changes, studies, unit }, width) {
  const names = changes.map(({ label, decides }) => (decides ? `${label} *` : label));
  const row = Object.fromEntries(changes.map(({ change }, i) => [change, i]));
  const values = studies.flatMap(({ name, marks }, i) => marks.map((mark) => (
    { ...mark, study: name, label: names[row[mark.change]], y: row[mark.change] + 0.7 * ((i + 0.5) / studies.length - 0.5) })));
  const known = values.filter(({ worth }) => worth !== null);
  const sure = known.filter(({ low }) => low !== null);
  const named = 7 * Math.max(...names.map((name) => name.length)) + 12;
  const costs = width < 560 ? 84 : 120;
  const scale = { domain: [changes.length - 0.5, -0.5], nice: false, zero: false };
  const y = { field: "y", type: "quantitative", scale, axis: null };
  const each = (range) => ({ field: "study", type: "nominal", scale: { domain: studies.map(({ name }) => name), range } });
  const legend = { title: null, orient: "top", columns: width < 560 ? 2 : 0, labelColor: "var(--ink)", labelFontSize: 11.5, labelLimit: 300 };
  const color = { ...each(studies.map(({ method }) => colourOf(method))), legend };
  const shape = { ...each(studies.map(({ method }) => SHAPES[method])), legend };
  const tooltip = [["label", "title"], ["study", "study"], ["text", "worth"], ["interval", "95 %"], ["cost", unit]]
    .map(([field, head]) => ({ field, title: head, ...(field === "cost" ? { format: "+.3~g" } : {}) }));
  const point = { type: "point", filled: true, size: 46, opacity: 1, aria: false };
  const x = (field, head, ticks = 5) => ({ field, type: "quantitative", axis: { title: head, tickCount: ticks } });
  const points = "worth in points of top-1, 95 % over seeds";
  const zero = { data: { values: [{ zero: 0 }] }, mark: { type: "rule", stroke: "var(--pale)", aria: false }, encoding: { x: { field: "zero", type: "quantitative" } } };
  const axis = { title: null, values: changes.map((_, i) => i), labelExpr: "names[datum.value]", labelColor: "var(--ink)", labelFontSize: 12, labelLimit: named, grid: false };
  const height = changes.length * Math.max(24, 9 * studies.length + 8);
  return {
    description: `The worth of each change in points of top-1, with 95 % intervals, and its cost in ${unit}; the table has the numbers`,
    params: [{ name: "names", value: names }],
    config: CONFIG,
    spacing: 16,
    hconcat: [
      { width: Math.max(120, width - named - costs - 34), height, layer: [
        zero,
        ...(sure.length ? [{ data: { values: sure }, mark: { type: "rule", strokeWidth: 1.4, aria: false },
          encoding: { x: x("low", points), x2: { field: "high" }, y: { ...y, axis }, color } }] : []),
        { data: { values: known }, mark: point,
          encoding: { x: x("worth", points), y: { ...y, axis }, color, shape, tooltip } },
      ] },
      { width: costs, height, layer: [
        zero,
        { data: { values }, mark: point, encoding: { x: x("cost", unit, 3), y, color, shape, tooltip } },
      ] },
    ],
  };
}

/** The heat map of a study's pairs: blue helps, red hurts, bold is told from noise. */
function pairsSpec({ cells }, changes, width) {
  const names = changes.map(({ label }) => label);
  const place = Object.fromEntries(changes.map(({ change }, i) => [change, i]));
  const values = cells.map((cell) => {
    const [first, second] = [place[cell.change], place[cell.other]].sort((a, b) => a - b);
    return { ...cell, across: names[first], down: names[second], both: `${names[first]} and ${names[second]}` };
  });
  const side = Math.max(30, Math.min(38, Math.floor((width - 150) / (names.length - 1))));
  const most = Math.max(...values.map(({ worth }) => Math.abs(worth)));
  const axis = { title: null, labelColor: "var(--ink)", labelFontSize: 11.5, labelLimit: 160 };
  const x = { field: "across", type: "nominal", sort: names, axis: { ...axis, orient: "top", labelAngle: -90 } };
  const y = { field: "down", type: "nominal", sort: names, axis };
  const tooltip = [["both", "title"], ["text", "together"], ["interval", "95 %"]].map(([field, head]) => ({ field, title: head }));
  return {
    description: "What every two changes add together beyond what each brings, in points of top-1",
    config: CONFIG,
    width: { step: side },
    height: { step: side },
    data: { values },
    layer: [
      { mark: { type: "rect", aria: false },
        encoding: { x, y, tooltip, fill: { field: "worth", type: "quantitative", legend: null, scale: { domain: [-most, 0, most], range: [HURTS, NEITHER, HELPS] } } } },
      ...[["datum.told", "bold"], ["!datum.told", "normal"]].map(([filter, fontWeight]) => (
        { transform: [{ filter }], mark: { type: "text", fill: "#222222", fontWeight, fontSize: side < 34 ? 9.5 : 11, aria: false },
          encoding: { x, y, text: { field: "text" }, tooltip } })),
    ],
  };
}

const worthFigures = []; // Vega-Embed's results, to be given up before the next are drawn

async function drawWorth() {
  const { worth, pairs, answers, unfinished } = DATA;
  at("worth-part").hidden = !answers.length && !asks();
  at("worth-figure").hidden = !worth && answers.length > 0;
  at("worth-title").textContent = at("worth-figure").hidden ? "What the study answers" : "What each change is worth";
  while (worthFigures.length) worthFigures.pop().finalize();
  const known = worth?.studies.some(({ marks }) => marks.some((mark) => mark.worth !== null));
  const decided = worth?.changes.some(({ decides }) => decides) ? "*: the order decides the sign." : "";
  const none = worth || !answers.length ? "No worth is known yet: the runs that have finished do not tell one change from another." : "";
  at("worth-note").textContent = [known ? decided : none, unfinished].filter(Boolean).join(" ");
  at("worth-table").replaceChildren(...answers.map(({ heads, cells, note }) => grid("What the study answers", heads, cells, { note })));
  at("pairs").replaceChildren(...pairs.map(({ study }) => pairsPart(study)));
  at(pairs.length ? "worth-figure" : "worth-spread").append(at("worth-table"));
  const drawn = known ? [[at("worth"), worthSpec(worth, at("worth").clientWidth)]] : [];
  for (const part of at("pairs").querySelectorAll("[data-pairs]")) {
    const own = pairs.find(({ study }) => study === part.dataset.pairs);
    drawn.push([part, pairsSpec(own, worth.changes, at("pairs").clientWidth)]);
  }
  worthFigures.push(...await Promise.all(drawn.map(([place, spec]) => vegaEmbed(place, spec, EMBED))));
}

const pairsPart = (study) => el("div", {},
  el("h3", {}, `Two changes together (${study})`),
  el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Two changes together, ${study}` }, el("div", { "data-pairs": study })),
  el("p", { class: "note" }, "Points of top-1 beyond what each of the two brings, on average over all others. Blue: they help each other; red: they are in each other's way; bold: told from noise (t test, Holm)."));
