// Results of a language model: perplexity on the held-out rows, now and before training.
import type { LanguageResults } from "../../config/events.ts";
import { formatCount, formatFixed, formatPercent, formatPerplexity } from "../../lib/format.ts";
import type { Run } from "../../state/run-state.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { type Figure, MetricsTable } from "./metrics-table.tsx";
import { ResultsHead } from "./results-head.tsx";
import styles from "./results-page.module.css";

const words = en.language.results;

interface LanguageResultsProps {
  readonly run: Run;
  readonly results: LanguageResults;
}

const figures: readonly Figure[] = [
  { name: "perplexity", label: words.names.perplexity, format: (value) => formatFixed(value, 2) },
  { name: "loss", label: words.names.loss, format: (value) => formatFixed(value, 4) },
  { name: "token_loss", label: words.names.token_loss, format: (value) => formatFixed(value, 4) },
  { name: "accuracy", label: words.names.accuracy, format: (value) => formatPercent(value, 1) },
];

export function LanguageResultsView({ run, results }: LanguageResultsProps) {
  const { perplexity, loss, token_loss, accuracy, before, rows, tokens } = results;
  const { performance: trained } = run;
  return (
    <div className={styles.page}>
      <ResultsHead
        run={run}
        results={results}
        headline={words.headline(
          formatPerplexity(perplexity),
          formatPerplexity(before.perplexity),
          rows,
        )}
      />
      <Card title={words.title} aside={words.tokens(tokens)}>
        <MetricsTable
          figures={figures}
          after={{ perplexity, loss, token_loss, accuracy }}
          before={before}
        />
        <div className={styles.words}>
          {trained?.paddingShare === undefined ? null : (
            <p className="small">
              {words.training(
                formatCount(trained.tokensPerSecond),
                formatPercent(trained.paddingShare, 1),
              )}
            </p>
          )}
          <p className="muted small">{words.help}</p>
        </div>
      </Card>
    </div>
  );
}
