// The run's checkpoints: which there are, how each scored, why it is kept; each can be downloaded and deleted.
import { type CheckpointInfo, mainScore } from "../../config/events.ts";
import { formatBytes, formatFixed } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { checkpointKey, useIsRemoved } from "../../state/removal-store.ts";
import { isLive, type Run } from "../../state/run-state.ts";
import { Card } from "../parts/card.tsx";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./checkpoints-panel.module.css";

const words = en.run;

export function CheckpointsPanel({ run }: { readonly run: Run }) {
  const isRemoved = useIsRemoved();
  const kept = run.checkpoints.filter(({ path }) => !isRemoved(checkpointKey(path)));
  return (
    <Card title={words.checkpoints} aside={words.outputDir(run.record.arguments.output_dir)}>
      {kept.length === 0 ? <p className="faint small">{words.noCheckpoints}</p> : null}
      <ul className={styles.list}>
        {[...kept].reverse().map((checkpoint) => (
          <Checkpoint
            key={checkpoint.path}
            run={run}
            checkpoint={checkpoint}
            isNewest={checkpoint === kept.at(-1)}
          />
        ))}
      </ul>
    </Card>
  );
}

interface CheckpointProps {
  readonly run: Run;
  readonly checkpoint: CheckpointInfo;
  readonly isNewest: boolean;
}

function Checkpoint({ run, checkpoint, isNewest }: CheckpointProps) {
  const { path, step, bytes } = checkpoint;
  const { id } = run.record;
  const isBest = step === run.bestSavedStep;
  const scored = run.evaluationRows.find((row) => row.step === step);
  const score = scored === undefined ? null : mainScore(scored);
  return (
    <li>
      <div className={styles.name}>
        <b>checkpoint-{step}</b>
        {isBest ? <Tag tone="best">{words.isBest}</Tag> : null}
        {isNewest ? <Tag>{words.isNewest}</Tag> : null}
      </div>
      <span className="num small muted">{formatBytes(bytes)}</span>
      {scored === undefined || score === null ? null : (
        <span className={styles.scores}>
          {words.scores(formatFixed(scored.eval_loss, 3), score.name, formatFixed(score.value, 3))}
        </span>
      )}
      <span className={styles.reason}>{reasonOf(run, isBest, isNewest)}</span>
      <span className={styles.buttons}>
        <button
          type="button"
          className="link small"
          aria-label={words.downloadOneName(path)}
          onClick={() => actions().downloadCheckpoint(id, path)}
        >
          {words.downloadOne}
        </button>
        {/* While a run goes on, what it would resume from and what it ends with must stay. */}
        {isLive(run) && (isBest || isNewest) ? null : (
          <button
            type="button"
            className="link small"
            aria-label={words.removeOneName(path)}
            onClick={() => actions().removeCheckpoint(id, path)}
          >
            {words.removeOne}
          </button>
        )}
      </span>
    </li>
  );
}

/** Why save_total_limit has left it there. */
function reasonOf(run: Run, isBest: boolean, isNewest: boolean): string {
  if (isBest && isNewest) return words.keptBoth;
  if (isBest) return words.keptBest;
  if (isNewest) return words.keptNewest;
  const { save_total_limit } = run.record.arguments;
  return save_total_limit === null ? words.keptAll : words.keptLimit(save_total_limit);
}
