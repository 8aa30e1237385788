// The steps of the job, in their order: where you are, what is done, what waits.
import {
  Box,
  ChartSpline,
  Check,
  Database,
  FolderOpen,
  GraduationCap,
  History,
  ListChecks,
  type LucideIcon,
  MessageSquareText,
  SlidersHorizontal,
} from "lucide-react";
import { useEffect, useRef } from "react";
import { goTo, type Page, sidePages, stepPages, usePage } from "../../state/studio-store.ts";
import { classNames } from "../parts/class-names.ts";
import { en } from "../text/en.ts";
import styles from "./rail.module.css";
import { type StepMark, useStepMarks } from "./steps.ts";

const icons: Record<Page, LucideIcon> = {
  model: Box,
  data: Database,
  training: SlidersHorizontal,
  run: ChartSpline,
  results: ListChecks,
  playground: MessageSquareText,
  files: FolderOpen,
  history: History,
  learn: GraduationCap,
};

export function Rail() {
  const current = usePage();
  const marks = useStepMarks();
  const rail = useRef<HTMLElement>(null);
  // On a narrow screen the rail scrolls sideways: the place where the user is must be in sight.
  useEffect(() => {
    const selector = `[data-page="${current}"]`;
    rail.current?.querySelector(selector)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  const list = (pages: readonly Page[], className: string | undefined) => (
    <ul className={className}>
      {pages.map((page) => (
        <li key={page} data-page={page}>
          <Entry page={page} isCurrent={page === current} mark={marks[page]} />
        </li>
      ))}
    </ul>
  );
  return (
    <nav ref={rail} className={styles.rail} aria-label={en.shell.steps}>
      {list(stepPages, styles.list)}
      {list(sidePages, classNames(styles.list, styles.side))}
    </nav>
  );
}

interface EntryProps {
  readonly page: Page;
  readonly isCurrent: boolean;
  readonly mark: StepMark;
}

function Entry({ page, isCurrent, mark }: EntryProps) {
  const Icon = icons[page];
  return (
    <button
      type="button"
      className={styles.entry}
      aria-current={isCurrent ? "page" : undefined}
      onClick={() => goTo(page)}
    >
      <Icon aria-hidden="true" />
      <span className={styles.name}>{en.shell.pages[page]}</span>
      <Mark mark={mark} />
    </button>
  );
}

function Mark({ mark }: { readonly mark: StepMark }) {
  if (mark === null) return null;
  if (mark === "done") return <Check className={styles.done} aria-label={en.shell.done} />;
  if (mark === "attention")
    return <span className={styles.attention} role="img" aria-label={en.shell.needsAttention} />;
  return <span className={styles.note}>{mark.note}</span>;
}
