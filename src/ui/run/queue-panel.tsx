// The runs that wait for the device: their order, and the way out of it.
import { ArrowDown, ArrowUp } from "lucide-react";
import { actions } from "../../state/actions.ts";
import { type QueuedRun, useQueue, useQueueIsHeld } from "../../state/queue-store.ts";
import { useLiveRun } from "../../state/run-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./queue-panel.module.css";

const words = en.queue;

export function QueuePanel() {
  const queue = useQueue();
  const isHeld = useQueueIsHeld();
  const live = useLiveRun();
  if (queue.length === 0) return null;
  const waits = live === null || isHeld;
  return (
    <Card
      title={words.title}
      aside={
        <>
          <span>{waits ? words.held : words.going}</span>
          {live === null ? (
            <Button size="small" variant="primary" onClick={() => actions().startQueue()}>
              {words.goOn}
            </Button>
          ) : null}
        </>
      }
    >
      <ol className={styles.list}>
        {queue.map((queued, index) => (
          <Entry
            key={queued.record.id}
            queued={queued}
            isFirst={index === 0}
            isLast={index === queue.length - 1}
          />
        ))}
      </ol>
    </Card>
  );
}

interface EntryProps {
  readonly queued: QueuedRun;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function Entry({ queued: { record, error }, isFirst, isLast }: EntryProps) {
  const { id, name, mode } = record;
  return (
    <li>
      <b className={styles.name}>{name}</b>
      <span className="muted small">{en.run.modes[mode]}</span>
      {error === null ? null : (
        <span className={styles.error}>
          <Tag tone="danger">{words.refused}</Tag> {error.message} {error.hint}
        </span>
      )}
      <span className={styles.buttons}>
        <Button
          size="small"
          variant="quiet"
          aria-label={words.earlier(name)}
          disabled={isFirst}
          onClick={() => actions().moveInQueue(id, -1)}
        >
          <ArrowUp aria-hidden="true" />
        </Button>
        <Button
          size="small"
          variant="quiet"
          aria-label={words.later(name)}
          disabled={isLast}
          onClick={() => actions().moveInQueue(id, 1)}
        >
          <ArrowDown aria-hidden="true" />
        </Button>
        <Button
          size="small"
          variant="quiet"
          aria-label={words.removeName(name)}
          onClick={() => actions().removeFromQueue(id)}
        >
          {words.remove}
        </Button>
      </span>
    </li>
  );
}
