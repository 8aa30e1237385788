// Chooses the base model.
import { actions } from "../../state/actions.ts";
import { modelKey, useIsRemoved } from "../../state/removal-store.ts";
import { useModel, useModelOptions } from "../../state/studio-store.ts";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import styles from "./model-select.module.css";

const words = en.model;

export function ModelSelect() {
  const model = useModel();
  const isRemoved = useIsRemoved();
  const shown = useModelOptions().filter(({ id }) => !isRemoved(modelKey(id)));
  const options = shown.map(({ id, name, source }) => ({
    value: id,
    label: `${name} (${words.sources[source]})`,
  }));
  // The list comes from the storage a moment after the page.
  const isKnown = options.some(({ value }) => value === model.id);
  return (
    <Field
      label={words.choose}
      name="model_name_or_path"
      htmlFor="model_name_or_path"
      className={styles.select}
    >
      <Select
        name="model_name_or_path"
        id="model_name_or_path"
        value={model.id}
        onChange={(id) => actions().chooseModel(id)}
        options={isKnown ? options : [{ value: model.id, label: model.id }, ...options]}
      />
    </Field>
  );
}
