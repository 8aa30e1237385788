// What a run predicts: a target of each row, or the text itself.
import type { DatasetChoice, DatasetInfo } from "../../config/dataset.ts";
import { guessProblem } from "../../config/guess-problem.ts";
import { guessLanguage, withFormat } from "../../config/language-data.ts";
import { problemTypes, type Task, taskOf } from "../../config/problem-type.ts";
import { actions } from "../../state/actions.ts";
import { Field } from "../parts/field.tsx";
import { Select } from "../parts/select.tsx";
import { en } from "../text/en.ts";

const tasks: readonly Task[] = [...problemTypes, "language_modeling"];
const names: Readonly<Record<Task, string>> = {
  ...en.kinds.names,
  language_modeling: en.language.task,
};

interface TaskFieldProps {
  readonly info: DatasetInfo;
  readonly choice: DatasetChoice;
}

export function TaskField({ info, choice }: TaskFieldProps) {
  return (
    <Field label={en.kinds.field} name="problem_type" htmlFor="problem_type">
      <Select
        name="problem_type"
        id="problem_type"
        value={taskOf(choice)}
        onChange={(value) => {
          const chosen = tasks.find((each) => each === value);
          if (chosen !== undefined) actions().changeChoice(withTask(info, choice, chosen));
        }}
        options={tasks.map((task) => ({ value: task, label: names[task] }))}
      />
    </Field>
  );
}

/** Another kind of target: the other columns of 0 and 1 come along where they are meant. */
function withTask(info: DatasetInfo, choice: DatasetChoice, task: Task): Partial<DatasetChoice> {
  const columns = info.columns.map(({ name }) => name);
  if (task === "language_modeling") {
    return { language: guessLanguage(columns) ?? withFormat(null, "text", columns) };
  }
  const texts = [choice.text_column, ...choice.join_columns, choice.text_pair_column ?? ""];
  const guess = guessProblem(info.columns, choice.label_column, texts);
  const isGuess = guess.problem_type === task;
  return {
    language: null,
    problem_type: task,
    label_separator: guess.label_separator,
    more_label_columns: isGuess ? guess.more_label_columns : [],
  };
}
