// The coverage curve: answering only when sure leaves rows unanswered and makes the answers better. The threshold picks a place.
import { useId, useMemo } from "react";
import type { ClassRows } from "../../config/evaluation-rows.ts";
import { type Answer, coverageAt, coverageCurve } from "../../lib/coverage.ts";
import { formatFixed, formatPercent } from "../../lib/format.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { CoverageChart } from "./coverage-chart.tsx";
import styles from "./coverage-panel.module.css";

const words = en.results.coverage;

interface CoveragePanelProps {
  readonly rows: ClassRows | null | undefined;
  readonly threshold: number;
  readonly onThreshold: (threshold: number) => void;
}

export function CoveragePanel({ rows, threshold, onThreshold }: CoveragePanelProps) {
  const id = useId();
  const answers = useMemo(
    () =>
      rows?.rows.map(
        (row): Answer => ({ confidence: row.confidence, isRight: row.predicted === row.label }),
      ) ?? [],
    [rows],
  );
  const curve = useMemo(() => coverageCurve(answers), [answers]);
  if (rows === undefined) return <Card title={words.title}>{null}</Card>;
  if (rows === null) {
    return (
      <Card title={words.title}>
        <p className="muted small">{words.unkept}</p>
      </Card>
    );
  }
  const point = coverageAt(answers, threshold);
  return (
    <Card title={words.title}>
      <CoverageChart curve={curve} point={point} />
      <label className={styles.slider} htmlFor={id}>
        {words.threshold}
        <input
          id={id}
          type="range"
          name="confidence_threshold"
          min={0}
          max={1}
          step={0.01}
          value={threshold}
          onChange={(event) => onThreshold(Number(event.target.value))}
        />
        <b className="num">{formatFixed(threshold, 2)}</b>
      </label>
      <p className={styles.told} aria-live="polite">
        {words.at(formatFixed(threshold, 2), formatPercent(point.coverage, 1), point.answered)}{" "}
        {point.accuracy === null ? words.nothing : words.right(formatPercent(point.accuracy, 1))}
      </p>
    </Card>
  );
}
