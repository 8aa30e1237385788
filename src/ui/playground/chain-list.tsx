// The chains that were written to one question, what they agree on, and whether it is what was expected.
import { type Chain, isRight, type Vote } from "../../config/reasoning.ts";
import { formatPercent } from "../../lib/format.ts";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./chain-list.module.css";

const words = en.playground.reasoning;

interface ChainListProps extends Partial<Vote> {
  readonly chains: readonly Pick<Chain, "text" | "answer">[];
  readonly expected?: string | null;
  /** The chains stand open. */
  readonly isOpen?: boolean;
}

export function ChainList({
  chains,
  answer,
  votes = 0,
  agreement = 0,
  expected = null,
  isOpen = false,
}: ChainListProps) {
  return (
    <div className={styles.list}>
      {answer === undefined ? null : (
        <p className={styles.answer}>
          {answer === null ? (
            <span className="muted">{words.noAnswer}</span>
          ) : (
            <>
              <span className="muted">{words.answer}</span> <strong>{answer}</strong>
            </>
          )}
          {expected === null ? null : isRight(answer, expected) ? (
            <Tag tone="best">{words.right}</Tag>
          ) : (
            <Tag tone="danger">{words.wrong(expected)}</Tag>
          )}
          {chains.length > 1 ? (
            <span className="muted small">
              {words.agreement(votes, chains.length, formatPercent(agreement))}
            </span>
          ) : null}
        </p>
      )}
      {chains.map((chain, index) =>
        chains.length === 1 ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a chain is known by its place.
          <p key={index} className={styles.text}>
            {chain.text.trim()}
          </p>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a chain is known by its place.
          <details key={index} open={isOpen}>
            <summary>
              {words.chainTitle(index + 1)}
              {chain.answer === null ? null : <strong> {chain.answer}</strong>}
            </summary>
            <p className={styles.text}>{chain.text.trim()}</p>
          </details>
        ),
      )}
    </div>
  );
}
