// A word in a small coloured box: best, fits, classify.
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import styles from "./tag.module.css";

interface TagProps {
  readonly tone?: "neutral" | "accent" | "eval" | "best" | "warn" | "danger";
  readonly children: ReactNode;
}

export function Tag({ tone = "neutral", children }: TagProps) {
  return <span className={classNames(styles.tag, styles[tone])}>{children}</span>;
}
