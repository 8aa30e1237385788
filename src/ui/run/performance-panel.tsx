// Where the time of an update goes and by what it runs. All of it can be copied for a report of a bug.
import type { Performance } from "../../config/events.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFixed,
  formatPercent,
  formatUpdateTime,
} from "../../lib/format.ts";
import { useDeviceBenchmark } from "../../state/device-benchmark-store.ts";
import type { Run } from "../../state/run-state.ts";
import { Card } from "../parts/card.tsx";
import { classNames } from "../parts/class-names.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { en } from "../text/en.ts";
import styles from "./performance-panel.module.css";

const words = en.performance;

export function PerformancePanel({ run }: { readonly run: Run }) {
  const { performance: figures } = run;
  if (figures === null) return null;
  const { gpu, reason } = figures;
  const plain = gpu?.steps.filter((step) => step.reason !== null) ?? [];
  return (
    <Card title={words.title} aside={<Aside figures={figures} />}>
      <dl className={classNames(styles.figures, "small")}>
        <Time name={words.update} value={figures.update} />
        <Time name={words.batches} value={figures.batches} isPart />
        <Time name={gpu === null ? words.compute : words.issue} value={figures.issue} isPart />
        {gpu === null ? null : (
          <Time
            name={words.rest}
            value={Math.max(0, figures.update - figures.batches - figures.issue)}
            isPart
          />
        )}
        <Figure name={words.tokens}>
          {words.tokensPerSecond(formatCount(Math.round(figures.tokensPerSecond)))}
        </Figure>
        {figures.paddingShare === undefined ? null : (
          <Figure name={words.padding}>{formatPercent(figures.paddingShare, 1)}</Figure>
        )}
        <Arithmetic figures={figures} />
        <Figure name={words.backend}>{[figures.backend, figures.adapter].join(", ")}</Figure>
        {figures.chosen === undefined ? null : (
          <Figure name={words.chosen} isPart>
            {figures.chosen}
          </Figure>
        )}
        <Figure name={words.kernels}>{figures.kernels}</Figure>
        {gpu === null ? null : (
          <>
            <Figure name={words.plans}>{words.planned(gpu.steps.length - plain.length)}</Figure>
            <Figure name={words.dispatches}>{formatCount(gpu.dispatches)}</Figure>
            <GpuDetails gpu={gpu} />
            <Figure name={words.planBytes}>{formatBytes(gpu.planBytes)}</Figure>
          </>
        )}
      </dl>
      <ArithmeticWords figures={figures} />
      {reason === null ? null : <p className="small muted">{reason}</p>}
      {plain.map(({ key, reason: why }) => (
        <p key={key} className="small muted">
          {words.notCaptured(key, why ?? "")}
        </p>
      ))}
    </Card>
  );
}

/** What the update computes a second, as a share of the matrix product that this device was measured at. */
function Arithmetic({ figures }: { readonly figures: Performance }) {
  const { operationsPerSecond: rate, backend, adapter } = figures;
  const measured = useDeviceBenchmark(backend, adapter);
  if (rate === undefined) return null;
  const shown = formatFixed(rate / 1e9, rate < 1e10 ? 2 : 0);
  return (
    <Figure name={words.operations}>
      {measured === undefined
        ? words.operationsPerSecond(shown)
        : words.share(shown, formatFixed((100 * rate) / measured.matmul.median, 1))}
    </Figure>
  );
}

/** What is counted, and how to learn what the device can do. */
function ArithmeticWords({ figures }: { readonly figures: Performance }) {
  const { operationsPerSecond: rate, backend, adapter } = figures;
  const measured = useDeviceBenchmark(backend, adapter);
  if (rate === undefined) return null;
  return (
    <p className="small faint">
      {words.operationsWords} {measured === undefined ? words.measureWords : null}
    </p>
  );
}

/** What runs of older studios do not tell. */
function GpuDetails({ gpu }: { readonly gpu: NonNullable<Performance["gpu"]> }) {
  const { foreign, preparation } = gpu;
  const programs = foreign === undefined ? [] : Object.entries(foreign);
  return (
    <>
      {foreign === undefined ? null : (
        <Figure name={words.foreign} isPart>
          {programs.length === 0
            ? words.noForeign
            : words.foreignPrograms(programs.sort(([, a], [, b]) => b - a))}
        </Figure>
      )}
      {preparation === undefined ? null : (
        <Figure name={words.preparation}>
          {words.prepared(
            formatDuration(preparation.time),
            preparation.programs,
            formatDuration(preparation.compiling),
          )}
        </Figure>
      )}
    </>
  );
}

function Aside({ figures }: { readonly figures: Performance }) {
  return (
    <>
      <span className="small faint">{words.over(figures.updates, figures.isSteady)}</span>{" "}
      <CopyButton text={JSON.stringify(figures, null, 2)} label={words.copy} />
    </>
  );
}

function Time(props: { readonly name: string; readonly value: number; readonly isPart?: boolean }) {
  const { name, value, isPart = false } = props;
  return (
    <>
      <dt className={isPart ? styles.part : undefined}>{name}</dt>
      <dd className="num">{formatUpdateTime(value)}</dd>
    </>
  );
}

function Figure(props: {
  readonly name: string;
  readonly children: string;
  readonly isPart?: boolean;
}) {
  const { name, children, isPart = false } = props;
  return (
    <>
      <dt className={isPart ? styles.part : undefined}>{name}</dt>
      <dd className="num">{children}</dd>
    </>
  );
}
