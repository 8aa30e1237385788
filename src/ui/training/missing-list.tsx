// What keeps a run from starting, each with the way to it.

import { goTo } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { en } from "../text/en.ts";
import styles from "./missing-list.module.css";
import type { Missing } from "./use-missing.ts";

interface MissingListProps {
  readonly missing: readonly Missing[];
  /** The user has read it, or does not want to wait any more. */
  readonly onClose: () => void;
}

export function MissingList({ missing, onClose }: MissingListProps) {
  const isComing = missing.every((each) => each.isComing);
  return (
    <div role="alert" className={styles.missing}>
      <p>{isComing ? en.training.comingTitle : en.training.missingTitle}</p>
      <ul>
        {missing.map(({ text, page }) => (
          <li key={text}>
            {page === null ? (
              text
            ) : (
              <button type="button" className="link" onClick={() => goTo(page)}>
                {text}
              </button>
            )}
          </li>
        ))}
      </ul>
      <Button size="small" variant="quiet" onClick={onClose}>
        {isComing ? en.training.cancelStart : en.training.closeList}
      </Button>
    </div>
  );
}
