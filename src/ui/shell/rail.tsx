// The steps of the job, in their order: where you are, what is done, what waits.
import {
  Box,
  ChartSpline,
  Check,
  Database,
  ListChecks,
  type LucideIcon,
  MessageSquareText,
  SlidersHorizontal,
} from "lucide-react";
import { goTo, type Page, pages, usePage } from "../../state/studio-store.ts";
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
};

export function Rail() {
  const current = usePage();
  const marks = useStepMarks();
  return (
    <nav aria-label={en.shell.steps}>
      <ul className={styles.rail}>
        {pages.map((page) => (
          <li key={page}>
            <Entry page={page} isCurrent={page === current} mark={marks[page]} />
          </li>
        ))}
      </ul>
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
