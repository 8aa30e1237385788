// A row as it is trained on: each token boxed, those that count tinted, special ones named.
import { Fragment, useEffect, useState } from "react";
import type { TokenPreview as Preview } from "../../config/language-data.ts";
import { actions } from "../../state/actions.ts";
import { useForm } from "../../state/form-store.ts";
import { classNames } from "../parts/class-names.ts";
import { en } from "../text/en.ts";
import styles from "./token-preview.module.css";

const words = en.language.tokens;

export function TokenPreview({ row }: { readonly row: number }) {
  const typed = Number(useForm().draft.max_length);
  const maxLength = Number.isInteger(typed) && typed > 0 ? typed : 1024;
  const [preview, setPreview] = useState<Preview | null | undefined>(undefined);
  useEffect(() => {
    let isCurrent = true;
    actions()
      .previewTokens(row, maxLength)
      .then((found) => {
        if (isCurrent) setPreview(found);
      });
    return () => {
      isCurrent = false;
    };
  }, [row, maxLength]);
  if (preview === undefined) return null;
  if (preview === null) return <p className="muted small">{words.none}</p>;
  return (
    <section className={styles.preview}>
      <header className={styles.head}>
        <h3>{words.title}</h3>
        <span className="muted small">
          {words.length(preview.tokens.length, preview.length, maxLength)}
        </span>
        <span className={classNames(styles.key, styles.trained)}>{words.legend}</span>
        <span className={styles.key}>{words.read}</span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: many tokens scroll, also by key */}
      <p className={styles.tokens} tabIndex={0}>
        {preview.tokens.map(({ id, text, isSpecial, isTrained }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place
          <Fragment key={place}>
            <span
              title={String(id)}
              data-trained={isTrained}
              className={classNames(
                styles.token,
                isTrained && styles.trained,
                isSpecial && styles.special,
              )}
            >
              {text === "" ? "·" : text.replaceAll("\n", "⏎")}
            </span>
            {/* The line ends behind the box, which stays in one piece. */}
            {text.includes("\n") ? "\n" : null}
          </Fragment>
        ))}
      </p>
    </section>
  );
}
