// The scored rows of one mode, each with its chains.
import { useState } from "react";
import type { ModeScore, Scoring } from "../../state/playground-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Tag } from "../parts/tag.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { en } from "../text/en.ts";
import { ChainList } from "./chain-list.tsx";
import styles from "./scored-rows.module.css";

const words = en.playground.score;
const portion = 20;

interface ScoredRowsProps {
  readonly score: ModeScore;
  readonly asked: Scoring["asked"];
}

export function ScoredRows({ score, asked }: ScoredRowsProps) {
  const [onlyWrong, setOnlyWrong] = useState(false);
  const [most, setMost] = useState(portion);
  const rows = score.rows
    .filter(({ isRight }) => !onlyWrong || !isRight)
    .toSorted((a, b) => a.row - b.row);
  return (
    <Card
      title={words.chainsOf(en.playground.reasoning.modes[score.mode])}
      aside={words.shown(Math.min(most, rows.length), rows.length)}
    >
      <Toggle
        name="only_wrong"
        label={words.onlyWrong}
        checked={onlyWrong}
        onChange={setOnlyWrong}
      />
      <ul className={styles.rows}>
        {rows.slice(0, most).map((row) => {
          const { question = "", answer: expected = "" } = asked[row.row] ?? {};
          return (
            <li key={row.row}>
              <details>
                <summary>
                  <span className={styles.question}>{question}</span>
                  <Tag tone={row.isRight ? "best" : "danger"}>{row.answer ?? words.none}</Tag>
                </summary>
                <ChainList {...row} expected={expected} isOpen />
              </details>
            </li>
          );
        })}
      </ul>
      {rows.length > most ? (
        <Button size="small" onClick={() => setMost(most + portion)}>
          {en.playground.heldOut.more}
        </Button>
      ) : null}
    </Card>
  );
}
