// A model that was not loaded, because training it would not fit: why, with the numbers, and the button that loads it anyway.
import { formatBytes } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { useForm } from "../../state/form-store.ts";
import { modelFit } from "../../state/model-fit.ts";
import { type BaseModel, useDevice, useModelOptions } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";
import { ModelFitView, unknownDevice } from "./model-fit.tsx";
import styles from "./unfit.module.css";

const words = en.model.fit;

export function Unfit({ model }: { readonly model: Extract<BaseModel, { status: "unfit" }> }) {
  const { id, outline } = model;
  const form = useForm();
  const device = useDevice();
  const name = useModelOptions().find((option) => option.id === id)?.name ?? id;
  const granting = device.status === "ready" ? device.info : unknownDevice;
  const { mode, estimate, fit } = modelFit(outline, form, granting);
  const need = fit.fits || fit.because === "total" ? estimate.total : estimate.largest;
  const limit = fit.fits ? granting.memory.total : fit.limit;
  const error = {
    message: words.unfitWords(formatBytes(need), formatBytes(limit), words.modes[mode]),
    hint: words.unfitHint(outline.counts.languageHead === null),
  };
  return (
    <Card title={words.unfitTitle(name)}>
      <div className={styles.unfit}>
        <ErrorNote
          tone="warning"
          error={error}
          action={
            <Button size="small" onClick={() => actions().loadModelAnyway(id)}>
              {words.anyway}
            </Button>
          }
        />
        <ModelFitView outline={outline} />
      </div>
    </Card>
  );
}
