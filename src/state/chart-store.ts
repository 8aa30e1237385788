// How the charts of runs are drawn, and the place that all of them read out together.
import { create } from "zustand";

export type ChartAxis = "step" | "epoch" | "time";

interface ChartStore {
  readonly axis: ChartAxis;
  /** Weight of the moving average, 0 to 0.99. */
  readonly smoothing: number;
  readonly scale: "linear" | "log";
  /** The place under the pointer in one group of charts; null while it points at none. */
  readonly readout: { readonly group: string; readonly x: number } | null;
}

const useChartStore = create<ChartStore>(() => ({
  axis: "step",
  // As TensorBoard starts.
  smoothing: 0.6,
  scale: "linear",
  readout: null,
}));

export const useChartAxis = () => useChartStore((state) => state.axis);
export const useSmoothing = () => useChartStore((state) => state.smoothing);
export const useChartScale = () => useChartStore((state) => state.scale);
/** The place that the charts of a group read out, or null. */
export const useReadout = (group: string) =>
  useChartStore(({ readout }) => (readout?.group === group ? readout.x : null));

// A place on one axis means nothing on another.
export const setChartAxis = (axis: ChartAxis) => useChartStore.setState({ axis, readout: null });
export const setSmoothing = (smoothing: number) => useChartStore.setState({ smoothing });
export const setChartScale = (scale: "linear" | "log") => useChartStore.setState({ scale });
export const setReadout = (readout: ChartStore["readout"]) => useChartStore.setState({ readout });
