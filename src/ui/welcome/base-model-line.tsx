// One line about the base model, and the way to another one.
import { formatMagnitude } from "../../lib/format.ts";
import {
  type BaseModel,
  goTo,
  useDevice,
  useModel,
  useModelOptions,
} from "../../state/studio-store.ts";
import { en } from "../text/en.ts";
import styles from "./base-model-line.module.css";

const words = en.welcome;

export function BaseModelLine() {
  const model = useModel();
  const options = useModelOptions();
  // Without a device no model is ever loaded: "loading" would never end.
  const hasDevice = useDevice().status !== "failed";
  const name = options.find(({ id }) => id === model.id)?.name ?? model.id;
  return (
    <p className={styles.line}>
      {words.baseModel} <strong>{name}</strong>, {hasDevice ? describe(model) : words.modelFailed}.{" "}
      <button type="button" className="link" onClick={() => goTo("model")}>
        {words.change}
      </button>
    </p>
  );
}

function describe(model: BaseModel): string {
  if (model.status === "loading") return words.modelLoading;
  if (model.status === "failed") return words.modelFailed;
  if (model.status === "unfit") return words.modelUnfit;
  const { parameterCount, source } = model.summary;
  return `${words.parameters(formatMagnitude(parameterCount))}, ${words[source]}`;
}
