// The held-out rows under the final model: what it is worth, where it is wrong, which rows, and the model to try. The kind of
// target decides what there is to see.
import { ClipboardCheck } from "lucide-react";
import { isLive, type Run } from "../../state/run-state.ts";
import { useRun } from "../../state/run-store.ts";
import { goTo } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { en } from "../text/en.ts";
import { ClassResultsView } from "./class-results.tsx";
import { LabelSetResultsView } from "./label-set-results.tsx";
import { LanguageResultsView } from "./language-results.tsx";
import { RegressionResultsView } from "./regression-results.tsx";

const words = en.results;

export function ResultsPage() {
  const run = useRun();
  if (run?.results == null) return <NoResults run={run} />;
  const { results } = run;
  // The key drops the filter of another run's rows.
  const key = run.record.id;
  switch (results.problem_type) {
    case "single_label_classification":
      return <ClassResultsView key={key} run={run} results={results} />;
    case "multi_label_classification":
      return <LabelSetResultsView key={key} run={run} results={results} />;
    case "regression":
      return <RegressionResultsView key={key} run={run} results={results} />;
    case "language_modeling":
      return <LanguageResultsView key={key} run={run} results={results} />;
    default:
      return results satisfies never;
  }
}

function NoResults({ run }: { readonly run: Run | null }) {
  const text =
    run === null ? words.noneWords : isLive(run) ? words.going(run.record.name) : words.unscored;
  return (
    <EmptyState
      icon={<ClipboardCheck aria-hidden="true" />}
      title={words.none}
      action={
        <Button onClick={() => goTo(run === null ? "training" : "run")}>
          {run === null ? en.run.toTraining : words.toRun}
        </Button>
      }
    >
      {text}
    </EmptyState>
  );
}
