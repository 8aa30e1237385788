// Results of a language model: perplexity on the held-out rows, now and before training.
import type { LanguageResults } from "../../config/events.ts";
import { formatFixed, formatPercent } from "../../lib/format.ts";
import type { Run } from "../../state/run-state.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import confusion from "./confusion-panel.module.css";
import { ResultsHead } from "./results-head.tsx";
import styles from "./results-page.module.css";

const words = en.language.results;

interface LanguageResultsProps {
  readonly run: Run;
  readonly results: LanguageResults;
}

const figures = [
  ["perplexity", (value: number) => formatFixed(value, 2)],
  ["loss", (value: number) => formatFixed(value, 4)],
  ["token_loss", (value: number) => formatFixed(value, 4)],
  ["accuracy", (value: number) => formatPercent(value)],
] as const;

export function LanguageResultsView({ run, results }: LanguageResultsProps) {
  const { perplexity, before, rows, tokens } = results;
  return (
    <div className={styles.page}>
      <ResultsHead
        run={run}
        results={results}
        headline={words.headline(
          formatFixed(perplexity, 1),
          formatFixed(before.perplexity, 1),
          rows,
        )}
      />
      <Card title={words.title} aside={words.tokens(tokens)}>
        <div className={confusion.classes}>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.figure}</th>
                <th scope="col">{words.now}</th>
                <th scope="col">{words.earlier}</th>
              </tr>
            </thead>
            <tbody>
              {figures.map(([name, format]) => (
                <tr key={name}>
                  <th scope="row" title={name}>
                    {words.names[name]}
                  </th>
                  <td className="num" data-metric={name}>
                    {format(results[name])}
                  </td>
                  <td className="num faint" data-before={name}>
                    {format(before[name])}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <p className="muted small">{words.help}</p>
      </Card>
    </div>
  );
}
