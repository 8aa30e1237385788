// What is trained: a new head, everything, or everything from random weights.
import { type TrainingMode, trainingModes } from "../../config/run-record.ts";
import { trainedParameters } from "../../config/trained-parameters.ts";
import { formatMagnitude } from "../../lib/format.ts";
import { useDataset } from "../../state/dataset-store.ts";
import { setMode, useForm } from "../../state/form-store.ts";
import { useModel } from "../../state/studio-store.ts";
import { en } from "../text/en.ts";
import { headOf } from "./cost.tsx";
import styles from "./mode-cards.module.css";

const words = en.training;

export function ModeCards() {
  const { mode, numTrainableLayers, problemType } = useForm();
  // A language model's head is its embeddings: it is not trained alone.
  const shown = trainingModes.filter(
    (each) => each !== "head" || problemType !== "language_modeling",
  );
  const dataset = useDataset();
  const model = useModel();
  const inspection = dataset.phase === "ready" ? dataset.inspection : null;
  const summary = model.status === "ready" ? model.summary : null;
  const choose = (next: TrainingMode) => setMode(next, inspection?.trainRows ?? 2000);
  return (
    <div className={styles.cards} role="radiogroup" aria-label={words.modeTitle}>
      {shown.map((each) => {
        const { name, kind, help } = words.modes[each];
        const trained = trainedParameters(
          each,
          summary,
          headOf(inspection),
          Number(numTrainableLayers) || 1,
        );
        return (
          <label key={each} className={styles.card}>
            <input
              type="radio"
              name="mode"
              value={each}
              checked={each === mode}
              onChange={() => choose(each)}
            />
            <b>{name}</b>
            <span className={styles.kind}>{kind}</span>
            <span className={styles.help}>{help}</span>
            {trained === null ? null : (
              <span className={styles.kind}>{words.trains(formatMagnitude(trained))}</span>
            )}
          </label>
        );
      })}
    </div>
  );
}
