// The curves of a step's seeds, the seeds of the step that it changes in grey behind.

/** Points of every run of a step that has a curve. */
function points(series, step, own) {
  return (series.runs[step] ?? []).filter((run) => run.curve).flatMap((run) =>
    run.curve.epoch.map((epoch, i) => ({
      epoch, own, run: `${step} ${run.seed}`, seed: `${run.seed}`,
      top1: run.curve.top1[i], loss: run.curve.loss[i], train_loss: run.curve.train_loss[i],
    })));
}

/** A chart of top-1 and losses by epoch, or null where no curve was kept. */
function curvesSpec(series, step, parent, section, width) {
  const own = points(series, step, true);
  if (!own.length) return null;
  const values = [...(parent ? points(series, parent, false) : []), ...own];
  const few = Math.max(...values.map((point) => point.epoch)) <= 3;
  const across = Math.min(3, Math.max(1, Math.floor(width / 170)));
  const each = Math.floor(width / across) - 52;
  const last = Math.max(...values.map((point) => point.epoch));
  const ticks = [...new Set([1, Math.round((1 + last) / 2), last])];
  const chart = (field, name) => ({
    width: Math.min(each, 260), height: 150,
    title: title(name, { fontSize: 11.5 }),
    transform: [{ filter: `isValid(datum.${field})` }],
    mark: { type: "line", strokeWidth: 1.4, point: few ? { size: 22, filled: true } : false, aria: false },
    encoding: {
      x: { field: "epoch", type: "quantitative", scale: { domain: [Math.min(1, last - 1), last], nice: false }, axis: { title: "epoch", values: ticks, format: "d" } },
      y: { field, type: "quantitative", scale: { zero: false }, axis: { title: null, tickCount: 4 } },
      detail: { field: "run" },
      color: { condition: { test: "datum.own", value: colourOf(section) }, value: "var(--grey)" },
    },
  });
  return {
    description: `Accuracy and loss of each seed of ${step} by epoch`,
    data: { values },
    config: CONFIG,
    columns: across,
    spacing: 14,
    concat: [chart("top1", "top-1 (%)"), chart("loss", "test loss"), chart("train_loss", "training loss")],
  };
}
