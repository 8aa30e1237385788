// What holds for all charts of a page: the horizontal axis and how much the curves are smoothed.

import { formatFixed } from "../../lib/format.ts";
import { setChartAxis, setSmoothing, useChartAxis, useSmoothing } from "../../state/chart-store.ts";
import { Segmented } from "../parts/segmented.tsx";
import { en } from "../text/en.ts";
import styles from "./chart-controls.module.css";

const words = en.charts;

export function ChartControls() {
  const axis = useChartAxis();
  const smoothing = useSmoothing();
  return (
    <div className={styles.controls}>
      <Segmented
        label={words.axis}
        value={axis}
        onChange={setChartAxis}
        options={[
          { value: "step", label: words.axes.step },
          { value: "epoch", label: words.axes.epoch },
          { value: "time", label: words.axes.time },
        ]}
      />
      <label className={styles.smoothing}>
        <span>{words.smoothing}</span>
        <input
          type="range"
          name="smoothing"
          min={0}
          max={0.99}
          step={0.01}
          value={smoothing}
          onChange={(event) => setSmoothing(Number(event.target.value))}
        />
        <span className="num">{formatFixed(smoothing, 2)}</span>
      </label>
    </div>
  );
}
