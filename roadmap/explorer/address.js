// The state in the address, so that a view can be kept and sent

function remember() {
  const kept = { study: state.study, regime: state.regime, step: state.step, status: state.status, sort: state.sort, direction: state.direction };
  const words = new URLSearchParams(kept);
  for (const one of state.compare) words.append("with", one);
  for (const section of state.hidden) words.append("hide", section);
  history.replaceState(null, "", `#${words}`);
}

function recall() {
  const words = new URLSearchParams(location.hash.slice(1));
  const pick = (name, valid, otherwise) => (valid.includes(words.get(name)) ? words.get(name) : otherwise);
  state.study = pick("study", DATA.asked, DATA.asked[0]);
  state.regime = pick("regime", regimesOf(state.study), regimesOf(state.study)[0]);
  state.status = pick("status", ["all", "path", "aside"], "all");
  state.direction = pick("direction", ["ascending", "descending"], "none");
  state.sort = state.direction === "none" ? "" : words.get("sort") ?? "";
  const beside = [...new Set([...DATA.asked.slice(1), "paper"])].filter((study) => study !== state.study);
  const also = words.has("study") ? words.getAll("with") : beside.map((study) => key({ study, regime: regimesOf(study)[0] }));
  state.compare = new Set(also.filter((one) => DATA.series.some((series) => key(series) === one)));
  state.hidden = new Set(words.getAll("hide"));
  const known = DATA.steps.map(({ step }) => step).filter((step) => mainSeries().rows[step]);
  state.step = pick("step", known, known.includes("gelu") && !asks() ? "gelu" : firstStep());
}
