// A model of the Hub before its download: what it is, which files come, how large they are.
import { formatBytes, formatCount, formatMagnitude } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { closeHubVisit, type FoundModel } from "../../state/hub-store.ts";
import { useStorage } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";
import styles from "./hub-found.module.css";
import { ModelFitView } from "./model-fit.tsx";

const words = en.model.hub;

export function HubFound({ found }: { readonly found: FoundModel }) {
  const { model, outline } = found;
  const { source, files, bytes, kept, storedAs, license } = model;
  return (
    <div className={styles.found}>
      <header className={styles.head}>
        <h3>{source.repo_id}</h3>
        <div className={styles.buttons}>
          <Button size="small" variant="quiet" onClick={closeHubVisit}>
            {words.close}
          </Button>
          <Take found={found} />
        </div>
      </header>
      <NoRoom needed={storedAs === null ? bytes - kept : 0} />
      <dl className={styles.facts}>
        <Fact label={words.facts.architecture}>
          {outline.modelType}
          <small>{words.layers(outline.layers.length)}</small>
        </Fact>
        <Fact label={words.facts.parameters}>
          {formatMagnitude(outline.parameterCount)}
          <small>{formatCount(outline.parameterCount)}</small>
        </Fact>
        <Fact label={words.facts.download}>
          {formatBytes(bytes)}
          <small>{kept > 0 ? words.keptWords(formatBytes(kept)) : words.files(files.length)}</small>
        </Fact>
        <Fact label={words.facts.license}>{license ?? words.facts.unknownLicense}</Fact>
        <Fact label={words.facts.commit}>
          <code title={source.commit}>{source.commit.slice(0, 8)}</code>
          <small>{source.revision}</small>
        </Fact>
      </dl>
      <ModelFitView outline={outline} />
      <ul className={styles.files}>
        {files
          .toSorted((a, b) => b.size - a.size)
          .map(({ path, size }) => (
            <li key={path}>
              <code title={path}>{path}</code>
              <span className="num">{formatBytes(size)}</span>
            </li>
          ))}
      </ul>
    </div>
  );
}

function Take({ found: { model } }: { readonly found: FoundModel }) {
  const { storedAs, bytes, kept } = model;
  if (storedAs !== null) {
    return (
      <Button
        size="small"
        onClick={() => {
          closeHubVisit();
          actions().chooseModel(storedAs);
        }}
      >
        {words.choose}
      </Button>
    );
  }
  return (
    <Button size="small" onClick={() => actions().downloadFromHub()}>
      {kept > 0 ? words.resume(formatBytes(bytes - kept)) : words.download(formatBytes(bytes))}
    </Button>
  );
}

/** A warning only: the browser's figures are estimates, and a full disk keeps what has arrived. */
function NoRoom({ needed }: { readonly needed: number }) {
  const storage = useStorage();
  if (storage === null || needed === 0) return null;
  const free = storage.quota - storage.usage;
  if (needed <= free) return null;
  const error = {
    message: words.noRoom(formatBytes(needed), formatBytes(Math.max(0, free))),
    hint: words.noRoomHint,
  };
  return <ErrorNote tone="warning" error={error} />;
}

interface FactProps {
  readonly label: string;
  readonly children: React.ReactNode;
}

function Fact({ label, children }: FactProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
