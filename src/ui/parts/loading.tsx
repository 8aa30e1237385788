// Something is on its way: what, and what is being done. No bar where no share is known.
import type { ReactNode } from "react";
import styles from "./loading.module.css";

interface LoadingProps {
  readonly title: string;
  readonly children?: ReactNode;
  /** It cannot go on by itself: nothing moves. */
  readonly isStuck?: boolean;
}

export function Loading({ title, children, isStuck = false }: LoadingProps) {
  return (
    <div className={styles.loading} aria-busy={!isStuck}>
      {isStuck ? null : <span className={styles.moving} aria-hidden="true" />}
      <p className={styles.title}>{title}</p>
      {children === undefined ? null : <p className={styles.words}>{children}</p>}
    </div>
  );
}
