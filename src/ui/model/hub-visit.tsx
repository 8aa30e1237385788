// What the visit to the Hub has come to: looking up, found, downloading, stored or refused.

import { formatBytes, formatDuration, formatPercent } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { closeHubVisit, type HubVisit } from "../../state/hub-store.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { Loading } from "../parts/loading.tsx";
import { Meter } from "../parts/meter.tsx";
import { en } from "../text/en.ts";
import { HubFound } from "./hub-found.tsx";
import styles from "./hub-visit.module.css";

const words = en.model.hub;

export function HubVisitView({ visit }: { readonly visit: HubVisit }) {
  switch (visit.phase) {
    case "none":
      return null;
    case "finding":
      return (
        <div className={styles.line}>
          <Loading title={words.finding(visit.name)}>{words.findingWords}</Loading>
          <Button size="small" onClick={() => actions().cancelFindOnHub()}>
            {words.cancel}
          </Button>
        </div>
      );
    case "found":
      return <HubFound found={visit.found} />;
    case "downloading":
      return <Downloading visit={visit} />;
    case "stored":
      return (
        <div className={styles.line} role="status">
          <p>
            <b>{words.done(visit.name)}</b>
            <span className={styles.words}>{words.doneWords}</span>
          </p>
          <Button size="small" onClick={closeHubVisit}>
            {words.close}
          </Button>
        </div>
      );
    case "failed":
      return <Failed visit={visit} />;
    default:
      return visit satisfies never;
  }
}

type Of<Phase extends HubVisit["phase"]> = Extract<HubVisit, { phase: Phase }>;

function Downloading({ visit }: { readonly visit: Of<"downloading"> }) {
  const { found, bytes, rate, isStopping } = visit;
  const { source, bytes: total } = found.model;
  const left = rate === null || rate <= 0 ? null : formatDuration((1000 * (total - bytes)) / rate);
  return (
    <div className={styles.download}>
      <div className={styles.line}>
        <p>
          <b>{words.downloading(source.repo_id)}</b>
          <span className={styles.words}>{isStopping ? words.stopping : words.stopHelp}</span>
        </p>
        <Button size="small" disabled={isStopping} onClick={() => actions().stopDownload()}>
          {words.stop}
        </Button>
      </div>
      <div
        role="progressbar"
        aria-label={words.downloading(source.repo_id)}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={bytes}
        aria-valuetext={words.progress(formatBytes(bytes), formatBytes(total))}
      >
        <Meter share={bytes / total} tone="train" />
      </div>
      <p className={styles.figures}>
        <span className="num">{words.progress(formatBytes(bytes), formatBytes(total))}</span>
        <span className="num">{formatPercent(bytes / total)}</span>
        <span className="num muted">
          {rate === null ? "" : words.rate(formatBytes(rate), left)}
        </span>
      </p>
    </div>
  );
}

function Failed({ visit: { error, found, name } }: { readonly visit: Of<"failed"> }) {
  const again =
    found === null ? (
      <Button size="small" onClick={() => actions().findOnHub(name, "")}>
        {words.tryAgain}
      </Button>
    ) : (
      <Button size="small" onClick={() => actions().downloadFromHub()}>
        {words.goOn}
      </Button>
    );
  return (
    <div className={styles.failed}>
      <ErrorNote error={error} action={again} />
    </div>
  );
}
