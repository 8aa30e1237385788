// The arguments of writing, under their transformers names.
import { useId, useState } from "react";
import { type GenerationConfig, generationConfigSchema } from "../../config/generation.ts";
import { changeConfig, ownSettings, usePlaygroundStore } from "../../state/playground-store.ts";
import { Card } from "../parts/card.tsx";
import { Field } from "../parts/field.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { en } from "../text/en.ts";
import styles from "./parameters.module.css";
import { SettingNumber } from "./setting-number.tsx";
import { TextArea } from "./text-area.tsx";

const words = en.playground.parameters;

type NumberName = Exclude<keyof GenerationConfig, "do_sample" | "stop_strings">;

const steps: Readonly<Record<NumberName, number>> = {
  max_new_tokens: 16,
  temperature: 0.1,
  top_k: 10,
  top_p: 0.05,
  repetition_penalty: 0.05,
  seed: 1,
};

/** A scoring draws with the settings of self-consistency: what this card says of drawing would have no effect. */
export function Parameters({ isScored }: { readonly isScored: boolean }) {
  const config = usePlaygroundStore((state) => state.config);
  const own = Object.entries(usePlaygroundStore(ownSettings));
  return (
    <Card title={words.title}>
      <div className={styles.fields}>
        {own.length === 0 ? null : (
          <p className="faint small">
            {words.own(own.map(([name, value]) => `${name} ${value}`).join(", "))}
          </p>
        )}
        <NumberField name="max_new_tokens" />
        <NumberField name="repetition_penalty" />
        <NumberField name="seed" />
        {isScored ? null : (
          <>
            <Toggle
              name="do_sample"
              label={words.do_sample[0]}
              hfName="do_sample"
              checked={config.do_sample}
              onChange={(do_sample) => changeConfig({ do_sample })}
            />
            {config.do_sample ? (
              <>
                <NumberField name="temperature" />
                <NumberField name="top_k" />
                <NumberField name="top_p" />
              </>
            ) : (
              <p className="faint small">{words.greedy}</p>
            )}
          </>
        )}
        <StopStrings />
      </div>
    </Card>
  );
}

function NumberField({ name }: { readonly name: NumberName }) {
  const id = useId();
  const value = usePlaygroundStore((state) => state.config[name]);
  const isValid = generationConfigSchema.shape[name].safeParse(value).success;
  const [label, help] = words[name] as [string, string];
  return (
    <Field
      label={label}
      name={name}
      htmlFor={id}
      help={help}
      error={isValid ? undefined : en.playground.limits[name]}
    >
      <SettingNumber
        name={name}
        id={id}
        value={value}
        step={steps[name]}
        isValid={isValid}
        onChange={(next) => changeConfig({ [name]: next })}
      />
    </Field>
  );
}

/** Line by line; `\n` in a line means the end of a line. */
function StopStrings() {
  const id = useId();
  const stops = usePlaygroundStore((state) => state.config.stop_strings);
  const [draft, setDraft] = useState<string | null>(null);
  const [label, help] = words.stop_strings as [string, string];
  return (
    <Field label={label} name="stop_strings" htmlFor={id} help={help}>
      <TextArea
        id={id}
        name="stop_strings"
        rows={2}
        value={draft ?? stops.map((stop) => stop.replaceAll("\n", "\\n")).join("\n")}
        onChange={(text) => {
          setDraft(text);
          const lines = text.split("\n").filter((line) => line !== "");
          const read = lines.map((line) => line.replaceAll("\\n", "\n")).slice(0, 16);
          changeConfig({ stop_strings: read });
        }}
      />
    </Field>
  );
}
