// What keeps a run from starting, each with the way to it.
import { goTo } from "../../state/studio-store.ts";
import { en } from "../text/en.ts";
import styles from "./missing-list.module.css";
import type { Missing } from "./use-missing.ts";

export function MissingList({ missing }: { readonly missing: readonly Missing[] }) {
  return (
    <div role="alert" className={styles.missing}>
      <p>{en.training.missingTitle}</p>
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
    </div>
  );
}
