// The Hugging Face Hub: name a model, see what it is and how large, download it.
import { type FormEvent, useState } from "react";
import { actions } from "../../state/actions.ts";
import { useHubVisit } from "../../state/hub-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { Field } from "../parts/field.tsx";
import { TextInput } from "../parts/text-input.tsx";
import { en } from "../text/en.ts";
import styles from "./hub-card.module.css";
import { HubSettings } from "./hub-settings.tsx";
import { HubVisitView } from "./hub-visit.tsx";

const words = en.model.hub;

/** Small models that train in a browser: name, and what a person knows it as. */
const examples = [
  ["sentence-transformers/all-MiniLM-L6-v2", "MiniLM"],
  ["distilbert/distilbert-base-uncased", "DistilBERT"],
  ["google-bert/bert-base-uncased", "BERT"],
  ["HuggingFaceTB/SmolLM2-135M", "SmolLM2, to write"],
  ["Qwen/Qwen3-0.6B", "Qwen3, to write"],
] as const;

export function HubCard() {
  const visit = useHubVisit();
  const [repo, setRepo] = useState("");
  const [revision, setRevision] = useState("");
  const isBusy = visit.phase === "finding" || visit.phase === "downloading";
  const find = (event: FormEvent) => {
    event.preventDefault();
    if (!isBusy) actions().findOnHub(repo, revision);
  };
  return (
    <Card title={words.title} aside={words.leaves} className={styles.card}>
      <form className={styles.form} onSubmit={find}>
        <Field label={words.repo} name="repo_id" htmlFor="repo_id">
          <TextInput
            id="repo_id"
            name="repo_id"
            value={repo}
            onChange={setRepo}
            placeholder={words.placeholder}
          />
        </Field>
        <Field label={words.revision} name="revision" htmlFor="revision">
          <TextInput
            id="revision"
            name="revision"
            value={revision}
            onChange={setRevision}
            placeholder={words.revisionPlaceholder}
          />
        </Field>
        <Button type="submit" disabled={isBusy || repo.trim() === ""}>
          {words.find}
        </Button>
      </form>
      <p className={styles.tries}>
        {words.tries}:
        {examples.map(([name, label]) => (
          <button
            key={name}
            type="button"
            className="link"
            disabled={isBusy}
            onClick={() => {
              setRepo(name);
              setRevision("");
              actions().findOnHub(name, "");
            }}
          >
            {label}
          </button>
        ))}
      </p>
      <HubVisitView visit={visit} />
      <HubSettings />
    </Card>
  );
}
