// What the coming run costs: its time, measured on this device, and its memory by part, with a way out where it is too much.
import { useEffect, useMemo } from "react";
import type { DatasetInspection } from "../../config/dataset.ts";
import {
  checkFit,
  estimateRunMemory,
  findFit,
  type MemoryLimits,
  memorySubject,
  styleOf,
} from "../../config/run-memory.ts";
import { estimateTime, speedKey } from "../../config/time-estimate.ts";
import type { HeadKind } from "../../config/trained-parameters.ts";
import type { TrainingArguments } from "../../config/training-arguments.ts";
import { formatBytes, formatDuration } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { useDataset } from "../../state/dataset-store.ts";
import { setArgumentValues, useForm } from "../../state/form-store.ts";
import { useLiveRun } from "../../state/run-store.ts";
import { useIsMeasuring, useSpeedFigures } from "../../state/speed-store.ts";
import { useDevice, useModel } from "../../state/studio-store.ts";
import { trainedLayers } from "../../state/training-form.ts";
import { Button } from "../parts/button.tsx";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./cost.module.css";
import type { FormCheck } from "./use-form-check.ts";

const words = en.cost;

interface CostProps {
  readonly args: TrainingArguments;
  readonly check: FormCheck;
}

export function Cost({ args, check }: CostProps) {
  return (
    <>
      <Time args={args} check={check} />
      <Memory args={args} />
    </>
  );
}

/** A moment in which nothing was changed: only then a trial is worth its work. */
const pause = 900; // milliseconds

function Time({ args, check }: CostProps) {
  const key = useSpeedKey(args, check);
  const figures = useSpeedFigures(key);
  const isMeasuring = useIsMeasuring(key);
  const live = useLiveRun();
  const canMeasure = key !== null && figures === undefined && live === null;
  useEffect(() => {
    if (!canMeasure) return;
    const timer = setTimeout(() => actions().measureSpeed(key), pause);
    return () => clearTimeout(timer);
  }, [canMeasure, key]);
  if (figures === undefined) {
    return (
      <Line name={words.time} value={isMeasuring ? words.measuring : words.unknown} note={null} />
    );
  }
  const { total } = estimateTime({ arguments: args }, check.trainRows, figures);
  const source = figures.run === null ? words.fromTrial : words.fromRun(figures.run);
  return <Line name={words.time} value={words.about(formatDuration(total))} note={source} />;
}

function Line(props: {
  readonly name: string;
  readonly value: string;
  readonly note: string | null;
}) {
  return (
    <div className={styles.time}>
      <p>
        <span>{props.name}</span> <b className="num">{props.value}</b>
      </p>
      {props.note === null ? null : <p className="faint small">{props.note}</p>}
    </div>
  );
}

/** The key of the run that the form describes; null while it cannot start. */
function useSpeedKey(args: TrainingArguments, check: FormCheck): string | null {
  const device = useDevice();
  const model = useModel();
  const dataset = useDataset();
  const isReady =
    device.status === "ready" &&
    model.status === "ready" &&
    dataset.phase === "ready" &&
    dataset.inspection !== null &&
    !dataset.inspecting &&
    dataset.inspection.obstacle === null &&
    Object.keys(check.problems).every((name) => name === "save_strategy");
  if (!isReady) return null;
  const record = {
    mode: check.form.mode,
    ...trainedLayers(check.form),
    model_name_or_path: model.id,
    dataset: dataset.choice,
    arguments: args,
  };
  return speedKey(record, device.info.adapter, check.trainRows);
}

const unknownLimits: MemoryLimits = { total: null, largest: null };

function Memory({ args }: { readonly args: TrainingArguments }) {
  const model = useModel();
  const dataset = useDataset();
  const device = useDevice();
  const form = useForm();
  const inspection = dataset.phase === "ready" ? dataset.inspection : null;
  const summary = model.status === "ready" ? model.summary : null;
  const subject = useMemo(() => {
    if (summary === null) return null;
    const wanted = Number(form.numTrainableLayers);
    const layers = Number.isInteger(wanted) && wanted >= 1 ? wanted : 1;
    return memorySubject(summary, form.mode, layers, headOf(inspection));
  }, [summary, form, inspection]);
  if (subject === null) return null;
  // Packed rows are all filled up to max_length: no row is known to be shorter.
  const isPacked = inspection?.choice.language?.packing === true;
  const longest = isPacked ? [] : (inspection?.lengths.longestRows ?? []);
  const limits = device.status === "ready" ? device.info.memory : unknownLimits;
  const style = styleOf(device.status === "ready" ? device.info.backend : "wasm");
  const estimate = estimateRunMemory(subject, args, longest, style);
  const fit = checkFit(estimate, limits);
  const names = ["weights", "gradients", "optimizer", "working", "logits"] as const;
  const parts = names
    .map((name) => ({ name, bytes: estimate[name] }))
    .filter(({ name, bytes }) => name !== "logits" || bytes > 0);
  return (
    <section className={styles.memory}>
      <h2>
        {words.memory} <span className="num">{formatBytes(estimate.total)}</span>
        {fit.fits ? (
          limits.total === null ? null : (
            <Tag tone="best">{words.fits}</Tag>
          )
        ) : (
          <Tag tone="danger">{words.tooMuch}</Tag>
        )}
      </h2>
      <div className={styles.bar} aria-hidden="true">
        {parts.map(({ name, bytes }) => (
          <i key={name} data-part={name} style={{ width: `${(100 * bytes) / estimate.total}%` }} />
        ))}
      </div>
      <dl className={styles.parts}>
        {parts.map(({ name, bytes }) => (
          <div key={name}>
            <dt>
              <i data-part={name} />
              {words.parts[name]}
            </dt>
            <dd className="num">{formatBytes(bytes)}</dd>
          </div>
        ))}
      </dl>
      {fit.fits ? (
        <p className="faint small">{words.limit(limits.total, formatBytes(limits.total))}</p>
      ) : (
        <>
          <p className={styles.tooMuch}>
            {fit.because === "total"
              ? words.overTotal(formatBytes(estimate.total), formatBytes(fit.limit))
              : words.overLargest(formatBytes(estimate.largest), formatBytes(fit.limit))}
          </p>
          <Remedy change={findFit(subject, args, longest, style, limits)} />
        </>
      )}
    </section>
  );
}

/** What the model ends in with these rows. */
export function headOf(inspection: DatasetInspection | null): HeadKind {
  return inspection?.language === undefined ? (inspection?.classes.length ?? 2) : "language";
}

function Remedy({ change }: { readonly change: Partial<TrainingArguments> | null }) {
  if (change === null) return <p className="small">{words.noRemedy}</p>;
  const { per_device_train_batch_size: batch, gradient_accumulation_steps: steps } = change;
  return (
    <Button size="small" onClick={() => setArgumentValues(change)}>
      {words.remedy(batch ?? 1, steps ?? 1, change.max_length ?? null)}
    </Button>
  );
}
