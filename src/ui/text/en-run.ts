// Words of charts and of what surrounds a run.

export const charts = {
  axis: "Horizontal axis",
  axes: { step: "updates", epoch: "epochs", time: "time" },
  columns: { step: "step", epoch: "epoch", time: "seconds" },
  place: {
    step: (step: string) => `update ${step}`,
    epoch: (epoch: string) => `epoch ${epoch}`,
    time: (duration: string) => `after ${duration}`,
  },
  smoothing: "smoothing",
  csv: (title: string) => `${title} as CSV`,
  svg: (title: string) => `${title} as SVG`,
  readout: (title: string) => `${title}: values along the curve`,
  noReadout: "Arrow keys read out the values",
};
