// The loss curves: training (raw and smoothed) and evaluation.
import { useMemo, useState } from "react";
import { formatFixed } from "../../lib/format.ts";
import type { Point } from "../../lib/lttb.ts";
import type { Run } from "../../state/run-state.ts";
import { type Curve, Curves } from "../charts/curves.tsx";
import { Card } from "../parts/card.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { en } from "../text/en.ts";
import styles from "./loss-panel.module.css";
import { smooth } from "./smooth.ts";

const words = en.run;
const smoothing = 0.6;

export function LossPanel({ run }: { readonly run: Run }) {
  const [scale, setScale] = useState<"linear" | "log">("linear");
  const { trainRows, evaluationRows, header } = run;
  const curves = useMemo((): Curve[] => {
    const raw = lossPoints(trainRows.map(({ step, loss }) => ({ step, loss })));
    const scored = lossPoints(evaluationRows.map(({ step, eval_loss: loss }) => ({ step, loss })));
    return [
      { name: words.training, tone: "train", look: "faint", points: raw },
      { name: words.training, tone: "train", points: smooth(raw, smoothing) },
      { name: words.evaluation, tone: "eval", look: "dots", points: scored },
    ];
  }, [trainRows, evaluationRows]);
  const last = curves[1]?.points.at(-1)?.y;
  const lastScored = curves[2]?.points.at(-1)?.y;
  const points = curves.reduce((sum, curve) => sum + curve.points.length, 0);
  return (
    <Card
      title={words.loss}
      aside={
        <span className={styles.legend}>
          <span>
            <i className={styles.train} />
            {words.training} <b className="num">{formatFixed(last, 3)}</b>
          </span>
          <span>
            <i className={styles.eval} />
            {words.evaluation} <b className="num">{formatFixed(lastScored, 3)}</b>
          </span>
          <Segmented
            label={words.scale}
            value={scale}
            onChange={setScale}
            options={[
              { value: "linear", label: words.linear },
              { value: "log", label: words.log },
            ]}
          />
        </span>
      }
    >
      {points === 0 ? (
        <p className={styles.waiting}>{words.waiting}</p>
      ) : (
        <Curves
          curves={curves}
          lastStep={header?.maxSteps ?? run.step}
          height={352}
          log={scale === "log"}
          format={formatLoss}
          summary={words.chart(words.loss, formatFixed(last, 3), trainRows.length)}
          xLabel={words.updates}
        />
      )}
    </Card>
  );
}

const formatLoss = (value: number) => String(Number(value.toPrecision(3)));

function lossPoints(rows: readonly { step: number; loss: number | null }[]): Point[] {
  return rows.flatMap(({ step, loss }) => (loss === null ? [] : [{ x: step, y: loss }]));
}
