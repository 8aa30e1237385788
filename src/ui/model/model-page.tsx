// The base model: which one, what it is made of, and where it has a head, what it says about a text.
import { ArrowRight } from "lucide-react";
import type { ModelSummary } from "../../config/model-summary.ts";
import { actions } from "../../state/actions.ts";
import {
  type BaseModel,
  goTo,
  useDevice,
  useModel,
  useModelOptions,
} from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { Loading } from "../parts/loading.tsx";
import { en } from "../text/en.ts";
import { AddModel } from "./add-model.tsx";
import { ArchitectureTree } from "./architecture-tree.tsx";
import { FileNotes } from "./file-notes.tsx";
import { HubCard } from "./hub-card.tsx";
import { ModelFigures } from "./model-figures.tsx";
import styles from "./model-page.module.css";
import { ModelSelect } from "./model-select.tsx";
import { ModelsPanel } from "./models-panel.tsx";
import { TryIt } from "./try-it.tsx";
import { Unfit } from "./unfit.tsx";
import { WhichCheckpoint } from "./which-checkpoint.tsx";

const words = en.model;

export function ModelPage() {
  const model = useModel();
  return (
    <>
      <header className={styles.header}>
        <h1>{words.title}</h1>
        <Button variant="primary" onClick={() => goTo("data")}>
          {words.next}
          <ArrowRight aria-hidden="true" />
        </Button>
      </header>
      <ModelSelect />
      <HubCard />
      <WhichCheckpoint />
      <State model={model} />
    </>
  );
}

function State({ model }: { readonly model: BaseModel }) {
  if (model.status === "ready") return <Ready key={model.id} summary={model.summary} />;
  return (
    <div className={styles.columns}>
      <NotReady model={model} />
      <div className={styles.side}>
        <ModelsPanel />
        <AddModel />
      </div>
    </div>
  );
}

function NotReady({ model }: { readonly model: Exclude<BaseModel, { status: "ready" }> }) {
  if (model.status === "failed") return <Failed model={model} />;
  return model.status === "unfit" ? <Unfit model={model} /> : <Waiting id={model.id} />;
}

function Ready({ summary }: { readonly summary: ModelSummary }) {
  return (
    <>
      <ModelFigures summary={summary} />
      <div className={styles.columns}>
        <ArchitectureTree root={summary.tree} />
        <div className={styles.side}>
          {summary.labels === null ? null : (
            <TryIt title={en.model.tryIt.title} from={{ modelId: summary.id }} />
          )}
          <FileNotes summary={summary} />
          <ModelsPanel />
          <AddModel />
        </div>
      </div>
    </>
  );
}

function Waiting({ id }: { readonly id: string }) {
  const device = useDevice();
  const options = useModelOptions();
  const name = options.find((option) => option.id === id)?.name ?? id;
  const reason = {
    starting: words.waitingForDevice,
    failed: words.noDevice,
    ready: words.loadingWords,
  }[device.status];
  return (
    <Card className={styles.waiting}>
      <Loading title={words.loading(name)} isStuck={device.status === "failed"}>
        {reason}
      </Loading>
    </Card>
  );
}

function Failed({ model }: { readonly model: Extract<BaseModel, { status: "failed" }> }) {
  return (
    <div>
      <ErrorNote
        error={model.error}
        action={
          <Button size="small" onClick={() => actions().chooseModel(model.id)}>
            {words.tryAgain}
          </Button>
        }
      />
    </div>
  );
}
