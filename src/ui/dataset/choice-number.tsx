// A number of the data set choice. What is typed takes effect once it is a valid number and the typing rests.
import { useRef, useState } from "react";
import { type DatasetChoice, datasetChoiceSchema } from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { Field } from "../parts/field.tsx";
import { NumberInput } from "../parts/number-input.tsx";
import { en } from "../text/en.ts";

/** Milliseconds without a key: an inspection of a large file takes longer than a keystroke. */
const rest = 400;

type NumberName = "eval_fraction" | "split_seed" | "max_train_rows";

interface ChoiceNumberProps {
  readonly name: NumberName;
  readonly label: string;
  readonly value: number | null;
  readonly step: number;
  readonly min: number;
  readonly max?: number;
  readonly placeholder?: string;
}

export function ChoiceNumber({ name, label, value, ...limits }: ChoiceNumberProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const text = typed ?? (value === null ? "" : String(value));
  const change = readNumber(name, text);

  const commit = (update: Partial<DatasetChoice>) => {
    clearTimeout(timer.current);
    if (update[name] !== value) actions().changeChoice(update);
  };
  const onChange = (next: string) => {
    setTyped(next);
    clearTimeout(timer.current);
    const update = readNumber(name, next);
    if (update !== null) timer.current = setTimeout(() => commit(update), rest);
  };
  const onBlur = () => {
    if (change === null) return;
    commit(change);
    setTyped(null);
  };

  return (
    <Field
      label={label}
      name={name}
      htmlFor={name}
      error={change === null ? en.data.limits[name] : undefined}
    >
      <NumberInput
        name={name}
        id={name}
        value={text}
        onChange={onChange}
        onBlur={onBlur}
        invalid={change === null}
        {...limits}
      />
    </Field>
  );
}

/** The change of the choice that the text means, or null where it is outside the schema's limits. */
function readNumber(name: NumberName, text: string): Partial<DatasetChoice> | null {
  const number = text.trim() === "" ? null : Number(text);
  const parsed = datasetChoiceSchema.shape[name].safeParse(number);
  return parsed.success ? { [name]: parsed.data } : null;
}
