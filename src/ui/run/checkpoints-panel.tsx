// The run's checkpoints: which there are, why each is kept, and a download of each.
import type { CheckpointInfo } from "../../config/events.ts";
import { formatBytes } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import type { Run } from "../../state/run-state.ts";
import { Card } from "../parts/card.tsx";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./checkpoints-panel.module.css";

const words = en.run;

export function CheckpointsPanel({ run }: { readonly run: Run }) {
  const newestFirst = [...run.checkpoints].reverse();
  return (
    <Card title={words.checkpoints} aside={words.outputDir(run.record.arguments.output_dir)}>
      {newestFirst.length === 0 ? <p className="faint small">{words.noCheckpoints}</p> : null}
      <ul className={styles.list}>
        {newestFirst.map((checkpoint) => (
          <Checkpoint key={checkpoint.path} run={run} checkpoint={checkpoint} />
        ))}
      </ul>
    </Card>
  );
}

interface CheckpointProps {
  readonly run: Run;
  readonly checkpoint: CheckpointInfo;
}

function Checkpoint({ run, checkpoint }: CheckpointProps) {
  const { path, step, bytes } = checkpoint;
  const isBest = step === run.bestSavedStep;
  const isNewest = step === run.checkpoints.at(-1)?.step;
  const reason =
    isBest && isNewest
      ? words.keptBoth
      : isBest
        ? words.keptBest
        : isNewest
          ? words.keptNewest
          : words.keptLimit;
  return (
    <li>
      <div className={styles.name}>
        <b>checkpoint-{step}</b>
        {isBest ? <Tag tone="best">{words.isBest}</Tag> : null}
      </div>
      <span className="num small muted">{formatBytes(bytes)}</span>
      <span className="muted small">{reason}</span>
      <button
        type="button"
        className="link small"
        aria-label={words.downloadOneName(path)}
        onClick={() => actions().downloadCheckpoint(run.record.id, path)}
      >
        {words.downloadOne}
      </button>
    </li>
  );
}
