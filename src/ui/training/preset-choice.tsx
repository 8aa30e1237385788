// The starting point of the form. Choosing one sets every argument anew; what is changed afterwards is told.
import { presets } from "../../config/presets.ts";
import { useDataset } from "../../state/dataset-store.ts";
import { setPreset, useForm } from "../../state/form-store.ts";
import { Segmented } from "../parts/segmented.tsx";
import { en } from "../text/en.ts";
import styles from "./preset-choice.module.css";

const words = en.presets;

export function PresetChoice() {
  const { preset, touched } = useForm();
  const dataset = useDataset();
  const rows = dataset.phase === "ready" ? dataset.inspection?.trainRows : undefined;
  return (
    <div className={styles.choice}>
      <Segmented
        label={words.label}
        value={preset}
        onChange={(next) => setPreset(next, rows ?? 2000)}
        options={presets.map((value) => ({ value, label: words.names[value] }))}
      />
      {touched.size === 0 ? null : (
        <button
          type="button"
          className="link small"
          onClick={() => setPreset(preset, rows ?? 2000)}
        >
          {words.undo(touched.size)}
        </button>
      )}
    </div>
  );
}
