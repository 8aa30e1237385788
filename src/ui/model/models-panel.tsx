// The base models of this browser: which are there, how large, choose and delete.
import type { ModelOption } from "../../config/model-summary.ts";
import { formatBytes } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { useHubVisit, useKeptDownloads } from "../../state/hub-store.ts";
import { modelKey, useIsRemoved } from "../../state/removal-store.ts";
import { useStoredRuns } from "../../state/run-store.ts";
import { useModel, useModelOptions } from "../../state/studio-store.ts";
import { Card } from "../parts/card.tsx";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./models-panel.module.css";

const words = en.model.library;
const keptWords = en.model.hub.kept;
const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

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
      <KeptDownloads />
    </Card>
  );
}

/** Downloads that were cut off: they go on from where they are. */
function KeptDownloads() {
  const kept = useKeptDownloads();
  const { phase } = useHubVisit();
  if (kept.length === 0 || phase === "downloading") return null;
  return (
    <>
      <h3 className={styles.kept}>{keptWords.title}</h3>
      <ul className={styles.list}>
        {kept.map(({ source, bytes, total }) => (
          <li key={`${source.repo_id}@${source.commit}`}>
            <b className={styles.name} title={source.repo_id}>
              {source.repo_id}
            </b>
            <span className="num small muted">
              {keptWords.figures(formatBytes(bytes), formatBytes(total))}
            </span>
            <span className={styles.buttons}>
              <button
                type="button"
                className="link small"
                aria-label={keptWords.resumeName(source.repo_id)}
                onClick={() => actions().resumeDownload(source)}
              >
                {keptWords.resume}
              </button>
              <button
                type="button"
                className="link small"
                aria-label={keptWords.removeName(source.repo_id)}
                onClick={() => actions().forgetDownload(source)}
              >
                {keptWords.remove}
              </button>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Row({ option }: { readonly option: ModelOption }) {
  const { id, name, source, storedBytes, hub, lastUsed } = option;
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
      {hub === undefined ? null : (
        <span className={styles.note} title={hub.commit}>
          {words.fromHub(hub.revision, hub.commit.slice(0, 8))}
        </span>
      )}
      {isStored && lastUsed !== undefined ? (
        <span className={styles.note}>{words.lastUsed(date.format(lastUsed))}</span>
      ) : null}
      {isStored && runs > 0 ? <span className={styles.note}>{words.usedBy(runs)}</span> : null}
    </li>
  );
}
