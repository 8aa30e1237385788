// What is trained, and how: the form that config/training-arguments.ts describes, and what the run will be.
import { useDataset } from "../../state/dataset-store.ts";
import { setRunName } from "../../state/form-store.ts";
import { useLengthMeasurement } from "../dataset/use-length-measurement.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { AllArguments } from "./all-arguments.tsx";
import { ArgumentField } from "./argument-field.tsx";
import { basicSections } from "./argument-sections.ts";
import { ImportedNote } from "./imported-note.tsx";
import { ModeCards } from "./mode-cards.tsx";
import { PresetChoice } from "./preset-choice.tsx";
import { RunSummary } from "./run-summary.tsx";
import { StrategyRepair } from "./strategy-repair.tsx";
import { TrainedLayersField } from "./trained-layers-field.tsx";
import styles from "./training-page.module.css";
import { useFormCheck } from "./use-form-check.ts";

const words = en.training;

export function TrainingPage() {
  const check = useFormCheck();
  const dataset = useDataset();
  const inspection = dataset.phase === "ready" ? dataset.inspection : null;
  // The number of updates follows from the rows that max_length leaves or packs.
  useLengthMeasurement(inspection?.language === undefined ? null : inspection);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{words.title}</h1>
        <PresetChoice />
        <label className={styles.name}>
          <span>{words.runName}</span>
          <input
            name="run_name"
            value={check.form.name}
            maxLength={80}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setRunName(event.target.value)}
          />
        </label>
      </header>
      <ImportedNote />
      <div className={styles.columns}>
        <div className={styles.forms}>
          <StrategyRepair check={check} />
          <Card className={styles.form}>
            <h2>{words.modeTitle}</h2>
            <ModeCards />
            <TrainedLayersField check={check} />
            {basicSections.map(({ section, names }) => (
              <section key={section} className={styles.group}>
                <h2>{words.sections[section]}</h2>
                <div className={styles.fields}>
                  {names.map((name) => (
                    <ArgumentField key={name} name={name} check={check} />
                  ))}
                </div>
              </section>
            ))}
          </Card>
          <AllArguments check={check} />
        </div>
        <RunSummary check={check} />
      </div>
    </div>
  );
}
