// What is trained, and how: the form that config/training-arguments.ts describes, and what the run will be.
import { argumentGroups } from "../../config/training-arguments.ts";
import { setRunName } from "../../state/form-store.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { ArgumentField } from "./argument-field.tsx";
import { ModeCards } from "./mode-cards.tsx";
import { RunSummary } from "./run-summary.tsx";
import styles from "./training-page.module.css";
import { argumentsOf, useFormCheck } from "./use-form-check.ts";

const words = en.training;

export function TrainingPage() {
  const check = useFormCheck();
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1>{words.title}</h1>
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
      <div className={styles.columns}>
        <Card className={styles.form}>
          <h2>{words.modeTitle}</h2>
          <ModeCards />
          {argumentGroups.map((group) => (
            <section key={group} className={styles.group}>
              <h2>{words.groups[group]}</h2>
              <div className={styles.fields}>
                {argumentsOf(group).map((name) => (
                  <ArgumentField key={name} name={name} check={check} />
                ))}
              </div>
            </section>
          ))}
        </Card>
        <RunSummary check={check} />
      </div>
    </div>
  );
}
