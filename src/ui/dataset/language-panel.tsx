// What a language model learns from the training rows within max_length: tokens, the share that counts, the template, what is left out.
import type { TemplateUse } from "../../config/language-data.ts";
import { formatCount, formatPercent } from "../../lib/format.ts";
import { useLengthFigures } from "../../state/dataset-store.ts";
import { Card } from "../parts/card.tsx";
import { Meter } from "../parts/meter.tsx";
import { en } from "../text/en.ts";
import styles from "./language-panel.module.css";

const words = en.language.panel;

export function LanguagePanel({ template }: { readonly template: TemplateUse }) {
  const figures = useLengthFigures()?.language;
  const { tokens = 0, trainedTokens = 0, maskedRows = 0, blurredRows = 0 } = figures ?? {};
  const share = tokens === 0 ? 0 : trainedTokens / tokens;
  const told = (value: number | undefined) => (value === undefined ? "–" : formatCount(value));
  return (
    <Card
      title={words.title}
      aside={figures === undefined ? undefined : words.share(formatPercent(share))}
    >
      <Meter share={share} tone="train" />
      <dl className={styles.figures}>
        <dt>{words.tokens}</dt>
        <dd className="num">{told(figures?.tokens)}</dd>
        <dt>{words.trained}</dt>
        <dd className="num">{told(figures?.trainedTokens)}</dd>
        <dt>{words.batches}</dt>
        <dd className="num">{told(figures?.packedRows)}</dd>
      </dl>
      <ul className={styles.notes}>
        {words.templates[template] === null ? null : <li>{words.templates[template]}</li>}
        {maskedRows === 0 ? null : <li className={styles.warn}>{words.masked(maskedRows)}</li>}
        {blurredRows === 0 ? null : (
          <li>
            {words.blurred(blurredRows)} {template === "none" ? words.blurredHint : null}
          </li>
        )}
        <li>{words.hint}</li>
      </ul>
    </Card>
  );
}
