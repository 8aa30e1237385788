// The base model in seven figures.
import type { ModelSummary } from "../../config/model-summary.ts";
import { formatBytes, formatCount, formatMagnitude } from "../../lib/format.ts";
import { en } from "../text/en.ts";
import styles from "./model-figures.module.css";

const words = en.model;

export function ModelFigures({ summary }: { readonly summary: ModelSummary }) {
  const { figures } = words;
  const { labels } = summary;
  const isWriter = summary.counts.languageHead !== null;
  return (
    <dl className={styles.figures}>
      <Figure
        label={figures.parameters}
        value={formatMagnitude(summary.parameterCount)}
        note={formatCount(summary.parameterCount)}
      />
      <Figure
        label={figures.bytes}
        value={formatBytes(summary.bytes)}
        note={words.stored(summary.dtype)}
      />
      <Figure
        label={figures.layers}
        value={formatCount(summary.layers.length)}
        note={summary.modelType}
      />
      <Figure
        label={figures.vocabulary}
        value={formatCount(summary.vocabularySize)}
        note={words.pieces}
      />
      <Figure
        label={figures.maxLength}
        value={formatCount(summary.maxLength)}
        note={words.tokens}
      />
      <Figure
        label={figures.pooled}
        value={formatCount(summary.pooledSize)}
        note={summary.pooling === undefined ? words.numbers : words.meanPooled}
      />
      <Figure
        label={figures.classes}
        value={labels === null ? words.noHead : formatCount(labels.length)}
        note={labels?.join(", ") ?? (isWriter ? words.writes : words.noHeadHelp)}
      />
    </dl>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

function Figure({ label, value, note }: FigureProps) {
  return (
    <div className={styles.figure}>
      <dt>{label}</dt>
      <dd className={styles.value}>{value}</dd>
      <dd className={styles.note} title={note}>
        {note}
      </dd>
    </div>
  );
}
