// The loss curves: training (raw and smoothed) and evaluation, with the controls of all charts of the page.
import { useMemo } from "react";
import { formatFixed, formatNumber } from "../../lib/format.ts";
import {
  setChartScale,
  useChartAxis,
  useChartScale,
  useSmoothing,
} from "../../state/chart-store.ts";
import type { Run } from "../../state/run-state.ts";
import { Chart } from "../charts/chart.tsx";
import { ChartControls } from "../charts/chart-controls.tsx";
import { type Curve, growingSeriesOf, seriesOf } from "../charts/curve.ts";
import { Legend } from "../charts/legend.tsx";
import { smooth } from "../charts/smooth.ts";
import { Card } from "../parts/card.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { en } from "../text/en.ts";
import { plannedEnd } from "./run-axis.ts";

const words = en.run;

const lossOf = growingSeriesOf((row: Run["trainRows"][number]) => row.loss);

export function LossPanel({ run }: { readonly run: Run }) {
  const scale = useChartScale();
  const axis = useChartAxis();
  const smoothing = useSmoothing();
  const { trainRows, evaluationRows } = run;
  const raw = useMemo(() => lossOf(trainRows, axis), [trainRows, axis]);
  const curves = useMemo((): Curve[] => {
    const scored = seriesOf(evaluationRows, axis, ({ eval_loss }) => eval_loss);
    const smoothed = smooth(raw, smoothing);
    return [
      ...(smoothed === raw
        ? []
        : [{ name: words.training, tone: "train", look: "faint", series: raw } as const]),
      { name: words.training, tone: "train", series: smoothed },
      { name: words.evaluation, tone: "eval", look: "dots", series: scored },
    ];
  }, [raw, smoothing, evaluationRows, axis]);
  const lastOf = (look?: "dots") =>
    formatFixed(curves.find((curve) => curve.look === look)?.series.ys.at(-1), 3);
  return (
    <Card>
      <Chart
        title={words.loss}
        fileName={`${run.record.name}-loss`}
        group={run.record.id}
        aside={
          <Segmented
            label={words.scale}
            value={scale}
            onChange={setChartScale}
            options={[
              { value: "linear", label: words.linear },
              { value: "log", label: words.log },
            ]}
          />
        }
        value={
          <Legend
            entries={[
              { name: words.training, tone: "train", value: lastOf() },
              { name: words.evaluation, tone: "eval", value: lastOf("dots") },
            ]}
          />
        }
        waiting={words.waiting}
        curves={curves}
        last={plannedEnd(run, axis)}
        height={392}
        log={scale === "log"}
        format={formatNumber}
        summary={words.chart(words.loss, lastOf(), trainRows.length)}
      />
      <ChartControls />
    </Card>
  );
}
