// How a model is asked to think: the prompts, the worked examples, the rule that finds the answer, and the chains.
import { useId } from "react";
import {
  type AnswerRule,
  defaultReasoning,
  findRuleError,
  plainWordTemplates,
  type ReasoningSettings,
  reasoningSettingsSchema,
  type WorkedExample,
} from "../../config/reasoning.ts";
import {
  changePlayground,
  changeReasoning,
  readHeldOutRow,
  usePlaygroundStore,
} from "../../state/playground-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { Select } from "../parts/select.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { en } from "../text/en.ts";
import styles from "./reasoning-settings.module.css";
import { SettingNumber } from "./setting-number.tsx";
import { TextArea } from "./text-area.tsx";

const words = en.playground.reasoning;

export function ReasoningSettingsPanel() {
  const asChat = usePlaygroundStore((state) => state.asChat);
  return (
    <Card title={words.promptTitle}>
      <div className={styles.parts}>
        <Rule />
        <Chains />
        <Templates />
        <Examples />
      </div>
      <div className={styles.asChat}>
        <Toggle
          name="as_chat"
          label={words.asChat}
          checked={asChat}
          onChange={(chosen) => changePlayground({ asChat: chosen })}
        />
      </div>
    </Card>
  );
}

const limits = reasoningSettingsSchema.shape.self_consistency.shape;

const freshRules: Readonly<Record<AnswerRule["kind"], AnswerRule>> = {
  after: { kind: "after", marker: "Answer:" },
  last_number: { kind: "last_number" },
  pattern: { kind: "pattern", pattern: "answer is (-?[0-9.,]*[0-9])" },
};

function Rule() {
  const id = useId();
  const rule = usePlaygroundStore((state) => state.reasoning.answer_rule);
  const kinds = Object.keys(freshRules) as AnswerRule["kind"][];
  const error = findRuleError(rule);
  return (
    <>
      <div className={styles.pair}>
        <label htmlFor={id}>
          {words.rule}
          <Select
            name="answer_rule"
            id={id}
            value={rule.kind}
            options={kinds.map((kind) => ({ value: kind, label: words.rules[kind] }))}
            onChange={(kind) =>
              changeReasoning({ answer_rule: freshRules[kind as AnswerRule["kind"]] })
            }
          />
        </label>
        {rule.kind === "last_number" ? null : (
          <label htmlFor={`${id}-text`}>
            {rule.kind === "after" ? words.marker : words.pattern}
            <TextArea
              // Another rule's text is another field: what was typed in one is not undone in the other.
              key={rule.kind}
              id={`${id}-text`}
              name={rule.kind === "after" ? "marker" : "pattern"}
              rows={1}
              value={rule.kind === "after" ? rule.marker : rule.pattern}
              onChange={(text) =>
                changeReasoning({
                  answer_rule:
                    rule.kind === "after"
                      ? { kind: "after", marker: text }
                      : { kind: "pattern", pattern: text },
                })
              }
            />
          </label>
        )}
      </div>
      {error === null ? null : <ErrorNote error={error} />}
    </>
  );
}

function Chains() {
  const id = useId();
  const chains = usePlaygroundStore((state) => state.reasoning.self_consistency);
  const change = (next: Partial<ReasoningSettings["self_consistency"]>) =>
    changeReasoning({ self_consistency: { ...chains, ...next } });
  const steps = { chains: 1, temperature: 0.1, top_k: 10, top_p: 0.05 };
  return (
    <fieldset className={styles.chains}>
      <legend>{words.modes.self_consistency}</legend>
      <label htmlFor={`${id}-prompt`}>
        {words.chainPrompt}
        <Select
          name="chain_prompt"
          id={`${id}-prompt`}
          value={chains.prompt}
          options={(["zero_shot", "few_shot"] as const).map((value) => ({
            value,
            label: words.modes[value],
          }))}
          onChange={(prompt) =>
            change({ prompt: prompt === "few_shot" ? "few_shot" : "zero_shot" })
          }
        />
      </label>
      {(["chains", "temperature", "top_k", "top_p"] as const).map((name) => (
        <label key={name} htmlFor={`${id}-${name}`}>
          {name === "chains" ? words.chains : <code>{name}</code>}
          <SettingNumber
            name={`chain_${name}`}
            id={`${id}-${name}`}
            value={chains[name]}
            step={steps[name]}
            isValid={limits[name].safeParse(chains[name]).success}
            onChange={(value) => change({ [name]: value })}
          />
        </label>
      ))}
    </fieldset>
  );
}

function Templates() {
  const templates = usePlaygroundStore((state) => state.reasoning.templates);
  const names = ["direct", "zero_shot", "few_shot", "example"] as const;
  return (
    <div className={styles.templates}>
      {names.map((name) => (
        <div key={name}>
          <TemplateField
            label={words.templates[name]}
            value={templates[name]}
            onChange={(text) => changeReasoning({ templates: { ...templates, [name]: text } })}
          />
        </div>
      ))}
      <p className="faint small">{words.templateHelp}</p>
      <div className={styles.buttons}>
        <Button
          size="small"
          onClick={() =>
            changeReasoning({
              templates: defaultReasoning.templates,
              answer_rule: defaultReasoning.answer_rule,
            })
          }
        >
          {words.trained}
        </Button>
        <Button
          size="small"
          onClick={() =>
            changeReasoning({ templates: plainWordTemplates, answer_rule: { kind: "last_number" } })
          }
        >
          {words.plain}
        </Button>
      </div>
    </div>
  );
}

interface TemplateFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

function TemplateField({ label, value, onChange }: TemplateFieldProps) {
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <TextArea id={id} name="template" rows={2} value={value} onChange={onChange} />
    </>
  );
}

function Examples() {
  const examples = usePlaygroundStore((state) => state.reasoning.examples);
  const heldOut = usePlaygroundStore((state) => state.heldOut);
  const replace = (next: readonly WorkedExample[]) => changeReasoning({ examples: [...next] });
  const fromRows = () => {
    if (heldOut.phase !== "ready") return;
    // The last rows: the first ones are those that are asked and scored.
    const { length } = heldOut.table.rows;
    const last = [length - 3, length - 2, length - 1].filter((row) => row >= 0);
    replace(last.map((row) => readHeldOutRow(heldOut, row)));
  };
  return (
    <div className={styles.examples}>
      <h3>{words.examples}</h3>
      {examples.length === 0 ? <p className="muted">{words.noExamples}</p> : null}
      {examples.map((example, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an example is known by its place.
        <div key={index} className={styles.example}>
          {(["question", "reasoning", "answer"] as const).map((part) => (
            <TextArea
              key={part}
              name={`example_${part}`}
              rows={1}
              label={words.example(index + 1, part)}
              placeholder={en.playground.heldOut[part]}
              value={example[part]}
              onChange={(text) =>
                replace(
                  examples.map((each, at) => (at === index ? { ...each, [part]: text } : each)),
                )
              }
            />
          ))}
          <Button
            size="small"
            variant="quiet"
            onClick={() => replace(examples.filter((_, at) => at !== index))}
          >
            {words.removeExample(index + 1)}
          </Button>
        </div>
      ))}
      <div className={styles.buttons}>
        <Button
          size="small"
          onClick={() => replace([...examples, { question: "", reasoning: "", answer: "" }])}
        >
          {words.addExample}
        </Button>
        {heldOut.phase === "ready" ? (
          <Button size="small" onClick={fromRows}>
            {words.takeExamples}
          </Button>
        ) : null}
      </div>
    </div>
  );
}
