// The base models of this browser: which are there, how large, choose and delete.
import type { ModelOption } from "../../config/model-summary.ts";
import { formatBytes } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { modelKey, useIsRemoved } from "../../state/removal-store.ts";
import { useStoredRuns } from "../../state/run-store.ts";
import { useModel, useModelOptions } from "../../state/studio-store.ts";
import { Card } from "../parts/card.tsx";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./models-panel.module.css";

const words = en.model.library;

export function ModelsPanel() {
  const isRemoved = useIsRemoved();
  const shown = useModelOptions().filter(({ id }) => !isRemoved(modelKey(id)));
  return (
    <Card title={words.title} aside={words.total(shown.length)}>
      <ul className={styles.list}>
        {shown.map((option) => (
          <Row key={option.id} option={option} />
        ))}
      </ul>
    </Card>
  );
}

function Row({ option: { id, name, source, storedBytes } }: { readonly option: ModelOption }) {
  const model = useModel();
  const runs = useStoredRuns().filter(({ record }) => record.model_name_or_path === id).length;
  const isStored = source === "stored";
  return (
    <li>
      <b className={styles.name} title={name}>
        {name}
      </b>
      <span className="num small muted">
        {storedBytes === undefined ? words.embedded : formatBytes(storedBytes)}
      </span>
      <span className={styles.buttons}>
        {id === model.id ? (
          <Tag tone="accent">{words.inUse}</Tag>
        ) : (
          <button
            type="button"
            className="link small"
            aria-label={words.chooseName(name)}
            onClick={() => actions().chooseModel(id)}
          >
            {words.use}
          </button>
        )}
        {isStored ? (
          <button
            type="button"
            className="link small"
            aria-label={words.removeName(name)}
            onClick={() => actions().removeModel(id)}
          >
            {words.remove}
          </button>
        ) : null}
      </span>
      {isStored && runs > 0 ? <span className={styles.note}>{words.usedBy(runs)}</span> : null}
    </li>
  );
}
