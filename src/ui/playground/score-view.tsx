// Scores the held-out questions in several modes: one table, and every chain to read.
import { useState } from "react";
import { type ReasoningMode, reasoningModes } from "../../config/reasoning.ts";
import { formatCount, formatDuration, formatFixed, formatPercent } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { type ModeScore, type Scoring, usePlaygroundStore } from "../../state/playground-store.ts";
import { Card } from "../parts/card.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { NumberInput } from "../parts/number-input.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { en } from "../text/en.ts";
import { ReasoningSettingsPanel } from "./reasoning-settings.tsx";
import styles from "./score-view.module.css";
import { ScoredRows } from "./scored-rows.tsx";
import { WriteButton } from "./write-button.tsx";

const words = en.playground.score;

export function ScoreView() {
  const { heldOut, scoring, reasoning } = usePlaygroundStore();
  const [modes, setModes] = useState<readonly ReasoningMode[]>([
    "direct",
    "zero_shot",
    "self_consistency",
  ]);
  const [most, setMost] = useState("100");
  const [shown, setShown] = useState<ReasoningMode | null>(null);
  const limit = Number(most);
  const canStart =
    heldOut.phase === "ready" && modes.length > 0 && Number.isInteger(limit) && limit > 0;
  const toggle = (mode: ReasoningMode, isOn: boolean) =>
    setModes(reasoningModes.filter((each) => (each === mode ? isOn : modes.includes(each))));
  const opened = scoring?.modes.find(({ mode }) => mode === shown);
  return (
    <>
      <Card title={words.title}>
        <p className="muted">{heldOut.phase === "ready" ? words.words : words.needsRows}</p>
        <div className={styles.choices}>
          {reasoningModes.map((mode) => (
            <Toggle
              key={mode}
              name={`mode_${mode}`}
              label={en.playground.reasoning.modes[mode]}
              checked={modes.includes(mode)}
              disabled={mode === "few_shot" && reasoning.examples.length === 0}
              onChange={(isOn) => toggle(mode, isOn)}
            />
          ))}
          <label className={styles.most} htmlFor="most_rows">
            {words.most}
            <NumberInput
              name="most_rows"
              id="most_rows"
              value={most}
              step={50}
              min={1}
              onChange={setMost}
            />
          </label>
        </div>
        <WriteButton
          label={words.start}
          disabled={!canStart}
          onClick={() => actions().scoreRows(modes, limit)}
        />
        {scoring === null ? null : <ScoreTable scoring={scoring} shown={shown} onShow={setShown} />}
      </Card>
      {scoring === null || opened === undefined ? null : (
        <ScoredRows key={opened.mode} score={opened} asked={scoring.asked} />
      )}
      <ReasoningSettingsPanel />
    </>
  );
}

interface ScoreTableProps {
  readonly scoring: Scoring;
  readonly shown: ReasoningMode | null;
  readonly onShow: (mode: ReasoningMode | null) => void;
}

function ScoreTable({ scoring, shown, onShow }: ScoreTableProps) {
  const { columns } = words;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className={styles.scroll} tabIndex={0} aria-label={words.title}>
        <table className={styles.table}>
          <caption>{words.by(scoring.model, scoring.asked.length)}</caption>
          <thead>
            <tr>
              {Object.values(columns).map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {scoring.modes.map((score) => (
              <ModeRow
                key={score.mode}
                score={score}
                isShown={score.mode === shown}
                onShow={onShow}
              />
            ))}
          </tbody>
        </table>
      </section>
      {scoring.modes.map(({ mode, error }) =>
        error === null ? null : <ErrorNote key={mode} error={error} />,
      )}
    </>
  );
}

interface ModeRowProps {
  readonly score: ModeScore;
  readonly isShown: boolean;
  readonly onShow: (mode: ReasoningMode | null) => void;
}

function ModeRow({ score, isShown, onShow }: ModeRowProps) {
  const { mode, phase, rows, tokens, milliseconds } = score;
  const right = rows.filter((row) => row.isRight).length;
  const none = rows.filter(({ answer }) => answer === null).length;
  const chains = rows.flatMap((row) => row.chains);
  const written = chains.reduce((sum, chain) => sum + chain.tokens, 0);
  return (
    <tr>
      <th scope="row">
        <button
          type="button"
          className="link"
          aria-expanded={isShown}
          disabled={rows.length === 0}
          onClick={() => onShow(isShown ? null : mode)}
        >
          {en.playground.reasoning.modes[mode]}
        </button>
        {phase === "done" ? null : <span className="faint small"> {words.phases[phase]}</span>}
      </th>
      <td className="num">
        <strong>{rows.length === 0 ? "–" : formatPercent(right / rows.length, 1)}</strong>
      </td>
      <td className="num">{rows.length === 0 ? "–" : words.of(right, rows.length)}</td>
      <td className="num">{rows.length === 0 ? "–" : formatCount(none)}</td>
      <td className="num">{chains.length === 0 ? "–" : formatFixed(written / chains.length, 1)}</td>
      <td className="num">
        {milliseconds === 0 ? "–" : formatCount((tokens / milliseconds) * 1000)}
      </td>
      <td className="num">{formatDuration(milliseconds)}</td>
    </tr>
  );
}
