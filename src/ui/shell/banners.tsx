// What stands above every page until it is dealt with: a browser that lacks something, a dead device, a refusal, an interrupted run.
import { X } from "lucide-react";
import { actions } from "../../state/actions.ts";
import {
  goTo,
  setNotice,
  useBackendChoice,
  useDevice,
  useNewerRuns,
  useNotice,
  usePage,
} from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";
import styles from "./banners.module.css";
import { describeLacking } from "./browser-check.ts";
import { InterruptedBanner } from "./interrupted-banner.tsx";

export function Banners() {
  const lacking = describeLacking(globalThis);
  return (
    <div className={styles.banners}>
      {lacking === null ? null : <ErrorNote error={lacking} tone="warning" />}
      <DeviceFailure />
      <Notice />
      <NewerRuns />
      <InterruptedBanner />
    </div>
  );
}

function DeviceFailure() {
  const device = useDevice();
  const choice = useBackendChoice();
  if (device.status !== "failed") return null;
  const { message, hint = en.shell.device.failedHint } = device.error;
  return (
    <ErrorNote
      error={{ message, hint }}
      action={
        <>
          <Button size="small" onClick={() => actions().chooseBackend(choice)}>
            {en.shell.device.tryAgain}
          </Button>
          {choice === "auto" ? null : (
            <Button size="small" onClick={() => actions().chooseBackend("auto")}>
              {en.shell.device.choices.auto}
            </Button>
          )}
        </>
      }
    />
  );
}

function NewerRuns() {
  const runs = useNewerRuns();
  const page = usePage();
  if (runs.length === 0) return null;
  const { message, hint, show } = en.resume.newer;
  const names = runs.map(({ name }) => name).join(", ");
  return (
    <ErrorNote
      tone="warning"
      error={{ message: message(names), hint }}
      action={
        page === "history" ? undefined : (
          <Button size="small" onClick={() => goTo("history")}>
            {show}
          </Button>
        )
      }
    />
  );
}

function Notice() {
  const notice = useNotice();
  if (notice === null) return null;
  return (
    <ErrorNote
      error={notice}
      tone={notice.tone ?? "danger"}
      action={
        <Button
          variant="quiet"
          size="small"
          aria-label={en.shell.notice.close}
          onClick={() => setNotice(null)}
        >
          <X aria-hidden="true" />
        </Button>
      }
    />
  );
}
