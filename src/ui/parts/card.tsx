// A panel with a hairline border, a heading and something at its right end.
import type { ReactNode } from "react";
import styles from "./card.module.css";
import { classNames } from "./class-names.ts";

interface CardProps {
  readonly title?: ReactNode;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string | undefined;
}

export function Card({ title, aside, children, className }: CardProps) {
  return (
    <section className={classNames(styles.card, className)}>
      {title === undefined && aside === undefined ? null : (
        <header className={styles.header}>
          {title === undefined ? null : <h2>{title}</h2>}
          {aside === undefined ? null : <div className={styles.aside}>{aside}</div>}
        </header>
      )}
      {children}
    </section>
  );
}
