// What a language model's run comes to, token by token: loss, perplexity, right tokens, speed and padding, as of now.
import { formatCount, formatFixed, formatPercent, formatPerplexity } from "../../lib/format.ts";
import type { Run } from "../../state/run-state.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import styles from "./token-figures.module.css";

const words = en.language.run;

export function TokenFigures({ run }: { readonly run: Run }) {
  const { latest, performance } = run;
  const trained = run.trainRows.at(-1);
  const scored = run.evaluationRows.at(-1);
  const loss = trained?.loss ?? latest?.loss;
  const { include_num_input_tokens_seen: counted } = run.record.arguments;
  const seen = counted === "no" ? undefined : trained?.num_input_tokens_seen;
  return (
    <Card>
      <dl className={styles.figures}>
        <Figure
          name={words.loss}
          metric="train_loss"
          value={formatFixed(loss, 3)}
          beside={words.heldOut(formatFixed(scored?.eval_loss, 3))}
        />
        <Figure
          name={words.perplexity}
          metric="train_perplexity"
          value={formatPerplexity(loss == null ? null : Math.exp(loss))}
          beside={words.heldOut(formatPerplexity(scored?.eval_perplexity))}
        />
        <Figure
          name={words.accuracy}
          metric="mean_token_accuracy"
          value={formatPercent(trained?.mean_token_accuracy, 1)}
          beside={words.heldOut(formatPercent(scored?.eval_accuracy, 1))}
        />
        <Figure
          name={words.speed}
          metric="tokens_per_second"
          value={words.perSecond(
            formatCount(latest?.tokensPerSecond ?? performance?.tokensPerSecond),
          )}
          beside={seen === undefined ? words.noPadding : words.seen(formatCount(seen))}
        />
        <Figure
          name={words.padding}
          metric="padding_share"
          value={formatPercent(latest?.paddingShare ?? performance?.paddingShare, 1)}
          beside={words.places}
        />
      </dl>
    </Card>
  );
}

interface FigureProps {
  readonly name: string;
  readonly metric: string;
  readonly value: string;
  readonly beside: string;
}

function Figure({ name, metric, value, beside }: FigureProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="num" data-metric={metric}>
        {value}
      </dd>
      <dd className="small muted">{beside}</dd>
    </div>
  );
}
