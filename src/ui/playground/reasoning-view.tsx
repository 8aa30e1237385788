// A question, a mode, and the chains of thought that each model writes before it answers.

import { conclude, findRuleError, reasoningModes } from "../../config/reasoning.ts";
import { actions } from "../../state/actions.ts";
import { changePlayground, usePlaygroundStore } from "../../state/playground-store.ts";
import { Card } from "../parts/card.tsx";
import { Segmented } from "../parts/segmented.tsx";
import { en } from "../text/en.ts";
import { ChainList } from "./chain-list.tsx";
import { Expected } from "./expected.tsx";
import { OutputPanels } from "./outputs.tsx";
import { ReasoningSettingsPanel } from "./reasoning-settings.tsx";
import styles from "./reasoning-view.module.css";
import { TextArea } from "./text-area.tsx";
import { WriteButton } from "./write-button.tsx";

const words = en.playground.reasoning;

export function ReasoningView() {
  const { question, mode, reasoning, expected } = usePlaygroundStore();
  return (
    <>
      <Card title={words.question}>
        <TextArea
          name="question"
          label={words.question}
          rows={3}
          value={question}
          onChange={(text) => changePlayground({ question: text, expected: null })}
          onSubmit={actions().think}
        />
        <div className={styles.mode}>
          <Segmented
            label={words.mode}
            value={mode}
            onChange={(chosen) => changePlayground({ mode: chosen, outputs: [] })}
            options={reasoningModes.map((value) => ({ value, label: words.modes[value] }))}
          />
          <p className="muted small">{words.modeHelp[mode]}</p>
        </div>
        <WriteButton
          label={words.think}
          disabled={question.trim() === ""}
          onClick={actions().think}
        />
        <Expected />
      </Card>
      <OutputPanels
        content={({ texts, result }) => {
          // A rule that is being typed may be none yet.
          if (result === null || findRuleError(reasoning.answer_rule) !== null)
            return <ChainList chains={texts.map((text) => ({ text, answer: null }))} isOpen />;
          const conclusion = conclude(reasoning.answer_rule, result.prompt, result.texts);
          return <ChainList {...conclusion} expected={expected} isOpen />;
        }}
      />
      <ReasoningSettingsPanel />
    </>
  );
}
