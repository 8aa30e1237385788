// What a language model learns from the rows: tokens, the share that counts, the template, what is left out.
import type { LanguageFigures } from "../../config/language-data.ts";
import { formatCount, formatPercent } from "../../lib/format.ts";
import { useLengthFigures } from "../../state/dataset-store.ts";
import { Card } from "../parts/card.tsx";
import { Meter } from "../parts/meter.tsx";
import { en } from "../text/en.ts";
import styles from "./language-panel.module.css";

const words = en.language.panel;

export function LanguagePanel({ figures }: { readonly figures: LanguageFigures }) {
  const { tokens, trainedTokens, maskedRows, blurredRows, template } = figures;
  const share = tokens === 0 ? 0 : trainedTokens / tokens;
  const batchRows = useLengthFigures()?.trainRows;
  return (
    <Card title={words.title} aside={words.share(formatPercent(share))}>
      <Meter share={share} tone="train" />
      <dl className={styles.figures}>
        <dt>{words.tokens}</dt>
        <dd className="num">{formatCount(tokens)}</dd>
        <dt>{words.trained}</dt>
        <dd className="num">{formatCount(trainedTokens)}</dd>
        {batchRows === undefined ? null : (
          <>
            <dt>{words.batches}</dt>
            <dd className="num">{formatCount(batchRows)}</dd>
          </>
        )}
      </dl>
      <ul className={styles.notes}>
        {words.templates[template] === null ? null : <li>{words.templates[template]}</li>}
        {maskedRows === 0 ? null : <li>{words.masked(maskedRows)}</li>}
        {blurredRows === 0 ? null : <li>{words.blurred(blurredRows)}</li>}
        <li>{words.hint}</li>
      </ul>
    </Card>
  );
}
