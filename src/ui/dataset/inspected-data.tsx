// A data set that was read: columns and split above, rows on the left, classes and lengths on the right.
import { ArrowRight } from "lucide-react";
import { useState } from "react";
import { type DatasetInspection, type FindingKind, unitOf } from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { type Dataset, useShownFinding } from "../../state/dataset-store.ts";
import { goTo, useModel } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { FileButton } from "../parts/file-button.tsx";
import { Loading } from "../parts/loading.tsx";
import { en } from "../text/en.ts";
import { datasetEndings } from "../welcome/dataset-sources.tsx";
import { ClassesPanel } from "./classes-panel.tsx";
import { FindingsPanel } from "./findings-panel.tsx";
import styles from "./inspected-data.module.css";
import { LanguagePanel } from "./language-panel.tsx";
import { LengthsPanel } from "./lengths-panel.tsx";
import { MappingBar } from "./mapping-bar.tsx";
import { RowsTable } from "./rows-table.tsx";
import { SampleSelect } from "./sample-select.tsx";
import { SourceFacts } from "./source-facts.tsx";
import { SourceFields } from "./source-fields.tsx";
import { SplitSummary } from "./split-summary.tsx";
import { TargetsPanel } from "./targets-panel.tsx";
import { useLengthMeasurement } from "./use-length-measurement.ts";

const words = en.data;

export type ReadyDataset = Extract<Dataset, { phase: "ready" }>;

export function InspectedData({ dataset }: { readonly dataset: ReadyDataset }) {
  const { inspection } = dataset;
  const finding = useShownFinding();
  // A place in the list means another row once another list is shown.
  const [picked, setPicked] = useState<{ finding: FindingKind | null; row: number } | null>(null);
  const row = picked?.finding === finding ? picked.row : null;
  const unit = unitOf(dataset.info);
  useLengthMeasurement(inspection);
  return (
    <div className={styles.page}>
      <Header dataset={dataset} />
      <Card className={styles.mapping}>
        <SourceFields info={dataset.info} />
        <MappingBar info={dataset.info} choice={dataset.choice} />
        <SplitSummary dataset={dataset} />
      </Card>
      {inspection === null ? (
        <Waiting />
      ) : (
        <>
          <FindingsPanel dataset={dataset} />
          <div className={styles.columns}>
            <RowsTable
              key={finding}
              inspection={inspection}
              unit={unit}
              current={row}
              onCurrent={(next) => setPicked({ finding, row: next })}
            />
            <div className={styles.side}>
              <RowsLearned inspection={inspection} />
              <LengthsPanel lengths={inspection.lengths} />
            </div>
          </div>
        </>
      )}
    </div>
  );
}

/** What the rows have to teach: texts, numbers or classes. */
function RowsLearned({ inspection }: { readonly inspection: DatasetInspection }) {
  const { language, choice, targets } = inspection;
  if (language !== undefined) return <LanguagePanel template={language.template} />;
  return choice.problem_type === "regression" ? (
    <TargetsPanel targets={targets} />
  ) : (
    <ClassesPanel inspection={inspection} />
  );
}

function Header({ dataset }: { readonly dataset: ReadyDataset }) {
  return (
    <header className={styles.header}>
      <div>
        <h1>{dataset.info.name}</h1>
        <SourceFacts info={dataset.info} />
      </div>
      <div className={styles.ways}>
        <FileButton
          name="dataset"
          accept={datasetEndings}
          onFiles={([file]) => file && actions().chooseDataset(file)}
        >
          {words.chooseAnother}
        </FileButton>
        <SampleSelect />
        <Button variant="primary" onClick={() => goTo("training")}>
          {words.next}
          <ArrowRight aria-hidden="true" />
        </Button>
      </div>
    </header>
  );
}

/** The tokenizer belongs to the model: without a model no row can be counted. */
function Waiting() {
  const model = useModel();
  const { waiting } = words;
  const needsUser = model.status === "failed" || model.status === "unfit";
  return (
    <Card className={styles.waiting}>
      <Loading
        title={model.status === "ready" ? waiting.inspecting : waiting[model.status]}
        isStuck={needsUser}
      />
      {needsUser ? <Button onClick={() => goTo("model")}>{waiting.goToModel}</Button> : null}
    </Card>
  );
}
