// One training argument: the control that its schema asks for, under its Hugging Face name.
import { metricsOf } from "../../config/problem-type.ts";
import { schedulerOptionNames } from "../../config/scheduler-options.ts";
import {
  type ArgumentName,
  type TrainingArguments,
  trainingArgumentFields,
} from "../../config/training-arguments.ts";
import { setArgumentValue } from "../../state/form-store.ts";
import { isIdle, strategyOf } from "../../state/training-form.ts";
import { Field } from "../parts/field.tsx";
import { NumberInput } from "../parts/number-input.tsx";
import { Select } from "../parts/select.tsx";
import { Toggle } from "../parts/toggle.tsx";
import { en } from "../text/en.ts";
import styles from "./argument-field.module.css";
import { LearnLink } from "./learn-link.tsx";
import type { FormCheck } from "./use-form-check.ts";

const words = en.training;

interface ArgumentFieldProps {
  readonly name: ArgumentName;
  readonly check: FormCheck;
}

export function ArgumentField({ name, check }: ArgumentFieldProps) {
  const field = trainingArgumentFields[name];
  const error = check.problems[name];
  const idleWords = whyIdle(name, check);
  const help = idleWords ?? helpOf(name, check);
  const id = `argument-${name}`;
  if (field.kind === "toggle") {
    return (
      <div className={styles.toggle}>
        <Toggle
          name={name}
          hfName={name}
          label={field.label}
          checked={check.form.draft[name] === true}
          onChange={(checked) => setArgumentValue(name, checked)}
        />
        <p className={error === undefined ? styles.help : styles.error}>
          {error ?? field.help} <LearnLink name={name} />
        </p>
      </div>
    );
  }
  return (
    <Field
      label={field.label}
      name={name}
      help={
        <>
          {help} <LearnLink name={name} />
        </>
      }
      error={error}
      htmlFor={id}
    >
      <Control name={name} id={id} check={check} disabled={idleWords !== null} />
    </Field>
  );
}

interface ControlProps {
  readonly name: ArgumentName;
  readonly id: string;
  readonly check: FormCheck;
  readonly disabled: boolean;
}

function Control({ name, id, check, disabled }: ControlProps) {
  const field = trainingArgumentFields[name];
  const value = check.form.draft[name];
  const text = typeof value === "string" ? value : "";
  const change = (next: string) => setArgumentValue(name, next);
  switch (field.kind) {
    case "number":
      return (
        <NumberInput
          name={name}
          id={id}
          value={text}
          onChange={change}
          step={field.limits.step}
          min={field.limits.min ?? field.limits.above}
          max={field.limits.max ?? field.limits.below}
          placeholder={"empty" in field ? field.empty : undefined}
          invalid={check.problems[name] !== undefined}
          disabled={disabled}
        />
      );
    case "choice":
      return (
        <Select
          name={name}
          id={id}
          value={text}
          onChange={change}
          options={[
            ...("empty" in field ? [{ value: "", label: field.empty }] : []),
            ...choicesOf(name, field.values, check).map((each) => ({
              value: each,
              label: field.names[each] ?? each,
            })),
          ]}
        />
      );
    case "optionalToggle":
      return (
        <Select
          name={name}
          id={id}
          value={value === null ? "auto" : String(value)}
          onChange={(next) => setArgumentValue(name, next === "auto" ? null : next === "true")}
          options={(["auto", "true", "false"] as const).map((each) => ({
            value: each,
            label: field.names[each],
          }))}
        />
      );
    case "text":
    case "json":
    case "folder":
      return (
        <input
          className={styles.text}
          name={name}
          id={id}
          value={text}
          placeholder={"empty" in field ? field.empty : undefined}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={check.problems[name] !== undefined}
          onChange={(event) => change(event.target.value)}
        />
      );
    case "toggle":
      return null;
    default:
      return field satisfies never;
  }
}

/** The metrics of other kinds of target are no choice; one that was set before stays visible, to be changed. */
function choicesOf(
  name: ArgumentName,
  values: readonly string[],
  { form }: FormCheck,
): readonly string[] {
  if (name !== "metric_for_best_model") return values;
  const own: readonly string[] = metricsOf[form.problemType];
  return values.filter((value) => own.includes(value) || value === form.draft[name]);
}

/** Why a number has no say at the moment, or null where it has. */
function whyIdle(name: ArgumentName, { form }: FormCheck): string | null {
  const strategy = strategyOf(name);
  return strategy !== null && isIdle(name, form.draft) ? words.needsSteps(strategy) : null;
}

const optionsOf = (args: TrainingArguments | null): readonly string[] =>
  args === null ? [] : schedulerOptionNames(args.lr_scheduler_type);

function helpOf(name: ArgumentName, { args }: FormCheck): string {
  const { help } = trainingArgumentFields[name];
  if (name === "lr_scheduler_kwargs") return `${help} ${words.scheduleOptions(optionsOf(args))}`;
  if (name !== "gradient_accumulation_steps" || args === null) return help;
  const batch = args.per_device_train_batch_size * args.gradient_accumulation_steps;
  return `${help} ${words.batchHelp(batch)}`;
}
