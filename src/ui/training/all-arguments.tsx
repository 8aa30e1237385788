// All other arguments: a search over every one, groups that open, and arguments as files.
import { ChevronRight, Search } from "lucide-react";
import { useId, useState } from "react";
import { type ArgumentName, trainingArgumentsSchema } from "../../config/training-arguments.ts";
import { toDraft } from "../../state/training-form.ts";
import { Card } from "../parts/card.tsx";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./all-arguments.module.css";
import { ArgumentField } from "./argument-field.tsx";
import { ArgumentFiles } from "./argument-files.tsx";
import { otherGroups, searchArguments } from "./argument-sections.ts";
import pageStyles from "./training-page.module.css";
import type { FormCheck } from "./use-form-check.ts";

const words = en.training;

export function AllArguments({ check }: { readonly check: FormCheck }) {
  const [typed, setTyped] = useState("");
  const id = useId();
  const isSearching = typed.trim() !== "";
  const found = isSearching ? searchArguments(typed) : [];
  return (
    <Card title={words.more} className={styles.card}>
      <div className={styles.tools}>
        <label className={styles.search} htmlFor={id}>
          <Search aria-hidden="true" />
          <input
            id={id}
            type="search"
            name="search_arguments"
            aria-label={words.search}
            placeholder={words.searchPlaceholder}
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </label>
        <ArgumentFiles check={check} />
      </div>
      {isSearching ? (
        <>
          <p role="status" className="muted small">
            {words.found(found.length)}
          </p>
          <Fields names={found} check={check} />
        </>
      ) : (
        otherGroups.map(({ group, names }) => (
          <Group key={group} title={words.groups[group]} names={names} check={check} />
        ))
      )}
    </Card>
  );
}

interface FieldsProps {
  readonly names: readonly ArgumentName[];
  readonly check: FormCheck;
}

function Fields({ names, check }: FieldsProps) {
  return (
    <div className={pageStyles.fields}>
      {names.map((name) => (
        <ArgumentField key={name} name={name} check={check} />
      ))}
    </div>
  );
}

const defaults = toDraft(trainingArgumentsSchema.parse({}));

function Group({ title, names, check }: FieldsProps & { readonly title: string }) {
  const [isOpen, setOpen] = useState(false);
  const changed = names.filter((name) => check.form.draft[name] !== defaults[name]).length;
  const wrong = names.filter((name) => check.problems[name] !== undefined).length;
  return (
    <details
      className={styles.group}
      // A group with something to mend cannot hide it.
      open={isOpen || wrong > 0}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <ChevronRight aria-hidden="true" />
        <span className={styles.title}>{title}</span>
        <span className={styles.names}>{names.join(", ")}</span>
        {wrong > 0 ? <Tag tone="danger">{words.wrong(wrong)}</Tag> : null}
        {changed > 0 ? <Tag>{words.changed(changed)}</Tag> : null}
      </summary>
      <Fields names={names} check={check} />
    </details>
  );
}
