// Whose weights write: one of the base models and checkpoints, and a second one beside it.
import { chooseSources, usePlaygroundStore } from "../../state/playground-store.ts";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";
import styles from "./source-choice.module.css";

const words = en.playground;

export function SourceChoice({ isSingle }: { readonly isSingle: boolean }) {
  const options = usePlaygroundStore((state) => state.options) ?? [];
  const [first = "", second = ""] = usePlaygroundStore((state) => state.chosen);
  const busy = usePlaygroundStore((state) => state.busy);
  // Replies belong to the models that gave them.
  const choose = (...chosen: string[]) =>
    chooseSources(
      chosen.filter((key) => key !== ""),
      { outputs: [], turns: [] },
    );
  const listed = options.map(({ key, name }) => ({ value: key, label: name }));
  return (
    <div className={styles.sources}>
      <label htmlFor="generator">
        {words.model}
        <Select
          name="generator"
          id="generator"
          value={first}
          disabled={busy !== null}
          onChange={(key) => choose(key, second)}
          options={listed}
        />
      </label>
      {isSingle ? null : (
        <label htmlFor="generator_beside">
          {words.beside}
          <Select
            name="generator_beside"
            id="generator_beside"
            value={second}
            disabled={busy !== null}
            onChange={(key) => choose(first, key)}
            options={[{ value: "", label: words.nobody }, ...listed]}
          />
        </label>
      )}
    </div>
  );
}
