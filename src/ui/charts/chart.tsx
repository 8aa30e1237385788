// One chart of a run: its heading with the newest value, the picture, and both as files.
import { type ReactNode, useRef } from "react";
import { actions } from "../../state/actions.ts";
import { useChartAxis } from "../../state/chart-store.ts";
import { classNames } from "../parts/class-names.ts";
import { en } from "../text/en.ts";
import styles from "./chart.module.css";
import { curvesToCsv, svgOf } from "./chart-files.ts";
import { Curves, type CurvesProps } from "./curves.tsx";

const words = en.charts;

interface ChartProps extends CurvesProps {
  /** The newest value, or a legend. */
  readonly value: ReactNode;
  /** What stands there until the first value. */
  readonly waiting: string;
  /** Controls beside the title. */
  readonly aside?: ReactNode;
  /** Stem of the file names. */
  readonly fileName: string;
  readonly className?: string | undefined;
}

export function Chart({ value, waiting, aside, fileName, className, ...curves }: ChartProps) {
  const box = useRef<HTMLElement>(null);
  const axis = useChartAxis();
  const isEmpty = curves.curves.every(({ series }) => series.xs.length === 0);
  const saveCsv = () => {
    const csv = curvesToCsv(curves.curves, words.columns[axis]);
    actions().saveFile(`${fileName}.csv`, new Blob([csv], { type: "text/csv" }));
  };
  const saveSvg = () => {
    const drawing = box.current?.querySelector("svg");
    if (drawing == null) return;
    const svg = svgOf(drawing, curves.title);
    actions().saveFile(`${fileName}.svg`, new Blob([svg], { type: "image/svg+xml" }));
  };
  return (
    <section ref={box} className={classNames(styles.chart, className)} aria-label={curves.title}>
      <header className={styles.head}>
        <h2>{curves.title}</h2>
        {aside}
        <span className={styles.value}>{value}</span>
        {isEmpty ? null : (
          <span className={styles.files}>
            <button type="button" aria-label={words.csv(curves.title)} onClick={saveCsv}>
              CSV
            </button>
            <button type="button" aria-label={words.svg(curves.title)} onClick={saveSvg}>
              SVG
            </button>
          </span>
        )}
      </header>
      {isEmpty ? (
        <p className={styles.waiting} style={{ minHeight: curves.height }}>
          {waiting}
        </p>
      ) : (
        <Curves {...curves} />
      )}
    </section>
  );
}
