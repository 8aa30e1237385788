// What the inspection found: each finding with its figures, its rows and its remedy.
import type { DatasetChoice, Finding, FindingKind } from "../../config/dataset.ts";
import { multilingualModels } from "../../config/suited-models.ts";
import { formatFixed, formatPercent } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { showFinding, useLengthFigures, useShownFinding } from "../../state/dataset-store.ts";
import { setArgumentValue, useForm } from "../../state/form-store.ts";
import { goTo, useModel } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { en } from "../text/en.ts";
import styles from "./findings-panel.module.css";
import type { ReadyDataset } from "./inspected-data.tsx";

const words = en.data.findings;
const { findings: language } = en.language;

interface FindingsPanelProps {
  readonly dataset: ReadyDataset;
}

export function FindingsPanel({ dataset }: FindingsPanelProps) {
  const overLong = useOverLong();
  const findings = dataset.inspection?.findings ?? [];
  // Before the vocabulary, which is advice and nothing to mend.
  const listed = [
    ...findings.filter(({ kind }) => kind !== "vocabulary"),
    ...(overLong === null ? [] : [overLong]),
    ...findings.filter(({ kind }) => kind === "vocabulary"),
  ];
  const isLanguage = dataset.choice.language !== null;
  return (
    <Card title={words.title} aside={listed.length === 0 ? undefined : words.aside(listed.length)}>
      {listed.length === 0 ? (
        <p className="muted">{isLanguage ? language.none : words.none}</p>
      ) : (
        <ul className={styles.list}>
          {listed.map((finding) => (
            <FindingRow key={finding.kind} finding={finding} dataset={dataset} />
          ))}
        </ul>
      )}
    </Card>
  );
}

/** Rows that `max_length` of the form cuts, once they are counted. */
function useOverLong(): Finding | null {
  const rows = useLengthFigures()?.overLongRows ?? 0;
  return rows === 0 ? null : { kind: "overLong", rows, groups: rows, examples: [] };
}

interface FindingRowProps extends FindingsPanelProps {
  readonly finding: Finding;
}

function FindingRow({ finding, dataset }: FindingRowProps) {
  const isShown = useShownFinding() === finding.kind;
  const sentence = useSentence(finding, dataset);
  return (
    <li className={styles.finding} data-finding={finding.kind}>
      <div className={styles.words}>
        <p>{sentence}</p>
        {finding.kind === "spellings" ? <Spellings dataset={dataset} /> : null}
      </div>
      <div className={styles.ways}>
        <Remedy kind={finding.kind} choice={dataset.choice} />
        <Button
          size="small"
          aria-pressed={isShown}
          onClick={() => showFinding(isShown ? null : finding.kind)}
        >
          {isShown ? words.shown : words.show}
        </Button>
      </div>
    </li>
  );
}

function useSentence(
  { kind, rows, groups, examples }: Finding,
  { inspection, choice }: ReadyDataset,
) {
  const maxLength = Number(useForm().draft.max_length);
  const used = (inspection?.trainRows ?? 0) + (inspection?.evaluationRows ?? 0);
  const share = formatPercent(used === 0 ? 0 : rows / used, rows / used < 0.1 ? 1 : 0);
  const list = examples.join(", ");
  const names = groups > examples.length ? words.several(list) : list;
  const { sentences } = words;
  const isLanguage = choice.language !== null;
  if (isLanguage && (kind === "empty" || kind === "leaks" || kind === "duplicates")) {
    return language.sentences[kind](rows, groups);
  }
  if (kind === "overLong") return sentences.overLong(rows, maxLength, share);
  if (kind === "vocabulary") {
    const { unknownShare = 0, tokensPerWord = 0 } = inspection?.vocabulary ?? {};
    const unknown =
      unknownShare === 0 ? null : formatPercent(unknownShare, unknownShare < 0.1 ? 1 : 0);
    const models = multilingualModels[isLanguage ? "language" : "classifier"].join(", ");
    return sentences.vocabulary(rows, share, unknown, formatFixed(tokensPerWord, 1), models);
  }
  return sentences[kind](rows, groups, names);
}

const mostGroups = 5;

/** Each merged class with its spellings and their rows. */
function Spellings({ dataset }: FindingsPanelProps) {
  const isMerged = dataset.choice.merge_labels === "case_and_spaces";
  const groups = dataset.inspection?.spellings ?? [];
  return (
    <ul className={styles.spellings}>
      {groups.slice(0, mostGroups).map(({ label, spellings }) => (
        <li key={label}>
          <strong>{label}</strong>{" "}
          <span className="muted">
            {isMerged ? `${words.merged}: ` : ""}
            {spellings.map(({ text, rows }) => words.spelling(text, rows)).join(" · ")}
          </span>
        </li>
      ))}
    </ul>
  );
}

const skips = {
  empty: "skip_empty",
  badLabels: "skip_bad_labels",
  unknownLabels: "skip_unknown_labels",
  leaks: "skip_leaks",
  duplicates: "skip_duplicates",
  singleClasses: "skip_single_classes",
} as const satisfies Partial<Record<FindingKind, keyof DatasetChoice>>;

function Remedy({ kind, choice }: { readonly kind: FindingKind; readonly choice: DatasetChoice }) {
  switch (kind) {
    case "empty":
    case "badLabels":
    case "unknownLabels":
    case "leaks":
    case "duplicates":
    case "singleClasses":
      return (
        <Toggle
          name={skips[kind]}
          checked={choice[skips[kind]]}
          onChange={(skip) => actions().changeChoice({ [skips[kind]]: skip })}
          label={
            kind === "empty" && choice.language !== null ? language.skipEmpty : words.remedies[kind]
          }
        />
      );
    case "spellings":
      return <MergeButton choice={choice} />;
    case "overLong":
      return <RaiseButton />;
    case "vocabulary":
      return (
        <Button size="small" variant="quiet" onClick={() => goTo("model")}>
          {words.model}
        </Button>
      );
    // Which of two labels is right, and whether a number is, only the user knows.
    case "conflicts":
    case "outliers":
      return null;
    default:
      return kind satisfies never;
  }
}

function MergeButton({ choice }: { readonly choice: DatasetChoice }) {
  const isMerged = choice.merge_labels === "case_and_spaces";
  return (
    <Button
      size="small"
      variant="quiet"
      onClick={() =>
        actions().changeChoice({ merge_labels: isMerged ? "none" : "case_and_spaces" })
      }
    >
      {isMerged ? words.undo : words.merge}
    </Button>
  );
}

/** Sets max_length so that 99 % of the rows fit whole, as far as the model goes. */
function RaiseButton() {
  const figures = useLengthFigures();
  const model = useModel();
  const maxLength = Number(useForm().draft.max_length);
  if (figures === null || model.status !== "ready") return null;
  const length = Math.min(model.summary.maxLength, figures.enoughFor99);
  if (!(length > maxLength)) return null;
  return (
    <Button
      size="small"
      variant="quiet"
      onClick={() => setArgumentValue("max_length", String(length))}
    >
      {words.raise(length)}
    </Button>
  );
}
