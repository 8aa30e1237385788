// The first page: one sentence, a place to drop a file, a sample, and the base model that stands ready.
import { en } from "../text/en.ts";
import { BaseModelLine } from "./base-model-line.tsx";
import { DatasetSources } from "./dataset-sources.tsx";
import styles from "./welcome-page.module.css";

export function WelcomePage() {
  return (
    <div className={styles.welcome}>
      <h1>{en.welcome.title}</h1>
      <p className={styles.words}>{en.welcome.words}</p>
      <DatasetSources />
      <BaseModelLine />
    </div>
  );
}
