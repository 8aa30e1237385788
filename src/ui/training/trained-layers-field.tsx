// How many layers the mode "last" trains, counted from the last.
import { setTrainableLayers, useForm } from "../../state/form-store.ts";
import { useModel } from "../../state/studio-store.ts";
import { Field } from "../parts/field.tsx";
import { NumberInput } from "../parts/number-input.tsx";
import { en } from "../text/en.ts";
import styles from "./trained-layers-field.module.css";
import type { FormCheck } from "./use-form-check.ts";

const words = en.training.trainedLayers;
const id = "num_trainable_layers";

export function TrainedLayersField({ check }: { readonly check: FormCheck }) {
  const { mode, numTrainableLayers } = useForm();
  const model = useModel();
  const layers = model.status === "ready" ? model.summary.layers.length : null;
  if (mode !== "last") return null;
  return (
    <Field
      label={words.label}
      name={id}
      htmlFor={id}
      className={styles.field}
      help={layers === null ? undefined : words.help(layers)}
      error={check.layersProblem ?? undefined}
    >
      <NumberInput
        name={id}
        id={id}
        value={numTrainableLayers}
        onChange={setTrainableLayers}
        step={1}
        min={1}
        max={layers ?? undefined}
        invalid={check.layersProblem !== null}
      />
    </Field>
  );
}
