// The memory that training a model takes on this device, before it is loaded: the formula with its numbers, part by part.

import { blockSize } from "../../config/loss-block.ts";
import type { ModelOutline } from "../../config/model-summary.ts";
import {
  frozenRowsAtOnce,
  keptNetworks,
  layerConstants,
  meanWidth,
  optimizerStates,
  tableCopies,
} from "../../config/run-memory.ts";
import { trainingModes } from "../../config/run-record.ts";
import { formatBytes } from "../../lib/format.ts";
import { useForm } from "../../state/form-store.ts";
import { type ModelFit, modelFit } from "../../state/model-fit.ts";
import { useDevice } from "../../state/studio-store.ts";
import { Tag } from "../parts/tag.tsx";
import { en } from "../text/en.ts";
import styles from "./model-fit.module.css";

const words = en.model.fit;
/** Until the device has started: what most will have, without a limit. */
export const unknownDevice = { backend: "wasm", memory: { total: null, largest: null } } as const;

export function ModelFitView({ outline }: { readonly outline: ModelOutline }) {
  const form = useForm();
  const device = useDevice();
  const granting = device.status === "ready" ? device.info : unknownDevice;
  const { memory: limits } = granting;
  const shown = modelFit(outline, form, granting);
  const isEncoder = outline.counts.languageHead === null;
  return (
    <details className={styles.fit} open={!shown.fit.fits}>
      <summary>
        {words.title}
        <span className={styles.modes}>
          {trainingModes
            // The head of a language model is not trained alone.
            .filter((mode) => mode !== "scratch" && (mode !== "head" || isEncoder))
            .map((mode) => {
              const { estimate, fit } = modelFit(outline, form, granting, mode);
              return (
                <span key={mode}>
                  {words.modes[mode]} <b className="num">{formatBytes(estimate.total)}</b>{" "}
                  {fit.fits ? (
                    limits.total === null ? null : (
                      <Tag tone="best">{words.fits}</Tag>
                    )
                  ) : (
                    <Tag tone="danger">{words.tooMuch}</Tag>
                  )}
                </span>
              );
            })}
        </span>
      </summary>
      <Formula shown={shown} />
      <p className="faint small">
        {limits.total === null ? words.noLimit : words.limit(formatBytes(limits.total))}{" "}
        {words.form}
      </p>
    </details>
  );
}

function Formula({ shown }: { readonly shown: ModelFit }) {
  const { mode, subject, args, estimate } = shown;
  const { allParameters, trainedParameters } = subject;
  const states = optimizerStates[args.optim];
  return (
    <table className={styles.formula}>
      <caption>{words.modes[mode]}</caption>
      <tbody>
        <Part
          name={words.parts.weights}
          formula={words.weights(allParameters)}
          bytes={estimate.weights}
        />
        <Part
          name={words.parts.gradients}
          formula={words.gradients(trainedParameters)}
          bytes={estimate.gradients}
        />
        <Part
          name={words.parts.optimizer}
          formula={words.optimizer(args.optim, states, trainedParameters)}
          bytes={estimate.optimizer}
        />
        <Part name={words.parts.working} formula={working(shown)} bytes={estimate.working} />
        <Part name={words.parts.logits} formula={logits(shown)} bytes={estimate.logits || null} />
        <Part name={words.parts.total} formula="" bytes={estimate.total} />
      </tbody>
    </table>
  );
}

/** The logits of a language model, or what a classifier's come to. */
function logits({ subject, args, style }: ModelFit): string {
  const { language, vocabularySize, trainedLayers, frozenLayers } = subject;
  const { per_device_train_batch_size: trained, per_device_eval_batch_size: scored } = args;
  if (language === null) return words.logits(trained);
  const tokens = Math.max(trained, scored) * args.max_length;
  const { logitBlocks } = layerConstants[style];
  const width = (trainedLayers[0] ?? frozenLayers[0])?.hiddenSize ?? 0;
  return words.blocks(
    logitBlocks,
    tokens,
    blockSize(tokens, vocabularySize),
    tableCopies(language, style),
    vocabularySize * width,
  );
}

/** What the working memory is made of: a batch on its way back, a batch passing through, or the update. */
function working({ subject, args, style, estimate }: ModelFit): string {
  const { trainedLayers, frozenLayers, trainedParameters, language } = subject;
  const isClassifier = language === null;
  const own = layerConstants[style];
  const { ofHeads, scores: matrices, updateCopies } = own;
  const { max_length: length } = args;
  if (estimate.working === updateCopies * trainedParameters * 4) {
    return words.updating(updateCopies, trainedParameters);
  }
  const layer = trainedLayers[0] ?? frozenLayers[0];
  if (layer === undefined) return "";
  const { heads } = layer;
  const vectors = (constants: Pick<typeof own, "ofHidden" | "ofIntermediate">) =>
    words.floats(
      constants.ofHidden,
      meanWidth(layer),
      keptNetworks(layer, style, constants),
      layer.intermediateSize,
    );
  const floats = vectors(own);
  const scores =
    matrices === 0 ? words.heads(ofHeads * heads) : words.scores(matrices, heads, length);
  const passing = own.passing.ofHidden === 0 ? null : vectors(own.passing);
  if (args.gradient_checkpointing && trainedLayers.length > 0) {
    const batch = args.per_device_train_batch_size;
    const layers = trainedLayers.length;
    return words.again(batch, length, layers, layer.hiddenSize, floats, scores, passing);
  }
  return trainedLayers.length === 0
    ? words.passing(
        Math.max(args.per_device_eval_batch_size, isClassifier ? frozenRowsAtOnce : 0),
        length,
        vectors(own.frozen),
        scores,
      )
    : words.kept(
        args.per_device_train_batch_size,
        length,
        trainedLayers.length,
        floats,
        scores,
        passing,
      );
}

interface PartProps {
  readonly name: string;
  readonly formula: string;
  readonly bytes: number | null;
}

function Part({ name, formula, bytes }: PartProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className={styles.numbers}>{formula}</td>
      <td className={styles.bytes}>{bytes === null ? "" : formatBytes(bytes)}</td>
    </tr>
  );
}
