// A number of the playground's settings. A wrong one is kept as it was typed, and refused when it is to be used.
import { useState } from "react";
import { NumberInput } from "../parts/number-input.tsx";

interface SettingNumberProps {
  readonly name: string;
  readonly id: string;
  /** Not a number where nothing, or no number, is typed. */
  readonly value: number;
  readonly isValid: boolean;
  readonly step: number;
  /** Takes wrong ones too: what is written must not come of a number that stands here no more. */
  readonly onChange: (value: number) => void;
}

export function SettingNumber({ value, isValid, onChange, ...rest }: SettingNumberProps) {
  const [draft, setDraft] = useState<string | null>(null);
  // A value that was changed elsewhere, as by another model, is shown in place of what was typed before.
  const isTyped = draft !== null && Object.is(readNumber(draft), value);
  return (
    <NumberInput
      {...rest}
      value={isTyped ? draft : Number.isNaN(value) ? "" : String(value)}
      min={0}
      invalid={!isValid}
      onChange={(next) => {
        setDraft(next);
        onChange(readNumber(next));
      }}
      onBlur={() => isValid && setDraft(null)}
    />
  );
}

const readNumber = (text: string) => (text.trim() === "" ? Number.NaN : Number(text));
