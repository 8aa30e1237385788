// Another way out of a data set that is open: one of the embedded samples.
import { type SampleName, sampleNames } from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import styles from "./sample-select.module.css";

const words = en.data.sample;
const isSample = (value: string): value is SampleName => sampleNames.some((name) => name === value);

export function SampleSelect() {
  return (
    <Select
      className={styles.select}
      name="sample"
      id="sample"
      label={words.label}
      value=""
      options={[
        { value: "", label: words.pick },
        ...sampleNames.map((value) => ({ value, label: en.welcome.samples[value].name })),
      ]}
      onChange={(value) => isSample(value) && actions().chooseSample(value)}
    />
  );
}
