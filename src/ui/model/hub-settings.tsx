// The access token, which stays in memory, and the address of the Hub, which is kept.
import { useState } from "react";
import { type ErrorRecord, toErrorRecord } from "../../lib/errors.ts";
import { actions } from "../../state/actions.ts";
import { setHubToken, useHubToken, useHubUrl } from "../../state/hub-store.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { TextInput } from "../parts/text-input.tsx";
import { en } from "../text/en.ts";
import styles from "./hub-settings.module.css";

const words = en.model.hub;

export function HubSettings() {
  const token = useHubToken();
  return (
    <details className={styles.settings}>
      <summary>{words.settings}</summary>
      <div className={styles.fields}>
        <Field label={words.token} name="token" htmlFor="hub_token" help={words.tokenHelp}>
          <TextInput
            id="hub_token"
            name="hub_token"
            // Dots instead of letters, and no password manager: it is not this site's password.
            type="password"
            autoComplete="off"
            data-1p-ignore="true"
            value={token}
            onChange={setHubToken}
            placeholder="hf_…"
          />
        </Field>
        <Address />
      </div>
    </details>
  );
}

function Address() {
  const hubUrl = useHubUrl();
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState<ErrorRecord | null>(null);
  const keep = () => {
    if (typed === null) return;
    try {
      actions().setHubUrl(typed);
      setTyped(null);
      setError(null);
    } catch (refusal) {
      setError(toErrorRecord(refusal));
    }
  };
  const wrong = error === null ? undefined : `${error.message} ${error.hint ?? ""}`;
  return (
    <Field
      label={words.address}
      name="HF_ENDPOINT"
      htmlFor="hub_url"
      help={words.addressHelp}
      error={wrong}
    >
      <div className={styles.address}>
        <TextInput
          id="hub_url"
          name="hub_url"
          inputMode="url"
          value={typed ?? hubUrl}
          invalid={error !== null}
          onChange={setTyped}
          onKeyDown={(event) => {
            if (event.key === "Enter") keep();
          }}
        />
        <Button disabled={typed === null} onClick={keep}>
          {words.keepAddress}
        </Button>
      </div>
    </Field>
  );
}
