// Everything that benchmark:parity measures of one model on the current back end.
import { measureLanguage } from "../../tests/unit/models/golden-language.ts";
import {
  goldenLanguageModels,
  loadGolden,
  measureGolden,
} from "../../tests/unit/models/golden-model.ts";
import {
  listLanguageRuns,
  measureLanguageRun,
} from "../../tests/unit/trainer/golden-language-run.ts";
import {
  type GoldenRun,
  listGoldenRuns,
  measureRun,
  type RunErrors,
  runLimits,
} from "../../tests/unit/trainer/golden-run.ts";

type Read = (path: string) => Promise<Uint8Array>;

/** One figure: how far ours is from the reference, and how far it may be. */
interface Figure {
  readonly name: string;
  readonly difference: number;
  readonly limit: number;
  /** The run or tensor where it is largest. */
  readonly where: string;
}

export interface Parity {
  readonly model: string;
  readonly backend: string;
  /** Golden runs that were done again. */
  readonly runs: number;
  readonly figures: readonly Figure[];
}

/** Measures one model: a batch forward and backward, and all golden runs that start from it. `note` is told what is under way. */
export async function measureParity(
  model: string,
  backend: string,
  read: Read,
  note: (text: string) => void,
): Promise<Parity> {
  note(`${model} on ${backend}: one batch`);
  const isDecoder = goldenLanguageModels.some((name) => name === model);
  const golden = await loadGolden(model, read);
  const once = await (isDecoder ? measureLanguage(golden) : measureGolden(golden, false));
  // As the tests of the models have it: a graphics card may be ten times as far.
  const scale = backend === "webgpu" ? 10 : 1;
  const figure = (name: string, difference: number, limit: number, where = model): Figure => ({
    name,
    difference,
    limit: limit * scale,
    where,
  });
  const figures = [
    figure("logits", once.logits, 1e-5),
    figure("hidden states", once.hiddenStates, 1e-5),
    figure("gradients", once.gradient, 1e-4, once.worst),
  ];
  const runs = await (isDecoder ? listLanguageRuns : listGoldenRuns)(read, [model]);
  const errors: { run: GoldenRun; errors: RunErrors }[] = [];
  for (const run of runs) {
    note(`${model} on ${backend}: the run ${run.name}`);
    errors.push({ run, errors: await (isDecoder ? measureLanguageRun : measureRun)(run, read) });
  }
  const limits = runLimits(backend);
  const worst = (name: string, key: keyof RunErrors): Figure => {
    // A difference that is no number is the largest of all.
    const size = ({ errors: found }: { errors: RunErrors }) =>
      Number.isNaN(found[key]) ? Number.POSITIVE_INFINITY : found[key];
    const most = errors.reduce((a, b) => (size(b) > size(a) ? b : a));
    return { name, difference: most.errors[key], limit: limits[key], where: most.run.name };
  };
  return {
    model,
    backend,
    runs: runs.length,
    figures: [
      ...figures,
      worst("step losses", "loss"),
      worst("grad norms", "gradNorm"),
      worst("learning rates", "learningRate"),
      worst("eval losses", "evalLoss"),
      worst("eval metrics", "evalMetric"),
      worst("train losses", "trainLoss"),
      worst("final weights", "weights"),
      worst("final key biases", "keyBias"),
    ],
  };
}
