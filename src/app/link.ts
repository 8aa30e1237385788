// What the page's controls need of the training worker: the current one, also after a restart.
import type { TrainingWorker } from "../worker/client.ts";

export interface Link {
  readonly request: TrainingWorker["request"];
}
