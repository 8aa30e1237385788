// Which tensor of a weights file is which parameter of a classifier. Files differ: of the classifier, of the base model alone
// (without its prefix), of a pretraining (with heads that a classifier does not have), and old ones (LayerNorm.gamma).
import { StudioError } from "../lib/errors.ts";
import { listParameters } from "./forward.ts";
import type { Architecture, ParameterSpec, ParameterStages } from "./model.ts";

/** A tensor of a file, as far as its shape goes. */
interface Shaped {
  readonly shape: readonly number[];
}

export interface MatchedTensors<Tensor extends Shaped> {
  /** Under the model's names, in the order of the forward pass. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Tensors that a classifier does not use, under the file's names. */
  readonly ignored: readonly string[];
  /** Parameters of the head that the file lacks: they are drawn anew. */
  readonly drawn: readonly string[];
  /** Classes of the file's own head, or null where it has none. */
  readonly numLabels: number | null;
  /** What a language model needs and the file lacks: its own output embeddings, which a run then draws from its seed. */
  readonly drawnLanguage: readonly string[];
}

/** At most this many tensors are named in one error. */
const mostNamed = 5;
/** And so many differences: where one shape is wrong, all are. */
const mostProblems = 3;

/**
 * Matches a file with an architecture.
 * @param isClassifier whether config.json says that the file's head is that of a text classifier.
 * @throws StudioError that names missing tensors, unknown ones within the base model, or a tensor with both shapes.
 */
export function matchTensors<Tensor extends Shaped>(
  architecture: Architecture,
  config: unknown,
  file: { readonly name: string; readonly tensors: ReadonlyMap<string, Tensor> },
  isClassifier: boolean,
): MatchedTensors<Tensor> {
  const { outputLayer } = architecture;
  const base = architecture.parameters(config, 1);
  const named = renameTensors(architecture, base, file);
  const output = isClassifier ? named.get(`${outputLayer}.weight`) : undefined;
  const numLabels = output === undefined ? null : (output.tensor.shape[0] ?? 0);
  const stages = architecture.parameters(config, numLabels ?? 1);
  const language = architecture.language?.parameters(config) ?? [];
  const needed = [
    ...listParameters(stages).filter(
      ({ name }) => numLabels !== null || !name.startsWith(`${outputLayer}.`),
    ),
    ...language.filter(({ name }) => named.has(name)),
  ];
  const mayBeDrawn = new Set(numLabels === null ? stages.head.map(({ name }) => name) : []);
  const lacking = needed.map(({ name }) => name).filter((name) => !named.has(name));
  const neededNames = new Set(needed.map(({ name }) => name));
  const others = [...named].filter(([name]) => !neededNames.has(name));
  const ofBase = baseModules(architecture, base);
  refuse(file.name, needed, named, {
    missing: lacking.filter((name) => !mayBeDrawn.has(name)),
    extra: others.filter(([name]) => ofBase(name)).map(([, { fileName }]) => fileName),
  });
  return {
    tensors: new Map(
      needed.flatMap(({ name }) => {
        const found = named.get(name);
        return found === undefined ? [] : [[name, found.tensor] as const];
      }),
    ),
    ignored: others.map(([, { fileName }]) => fileName),
    drawn: lacking,
    numLabels,
    drawnLanguage: language.map(({ name }) => name).filter((name) => !named.has(name)),
  };
}

interface Named<Tensor> {
  readonly fileName: string;
  readonly tensor: Tensor;
}

/** The file's tensors under the names that a classifier's file has today. */
function renameTensors<Tensor extends Shaped>(
  { basePrefix }: Architecture,
  stages: ParameterStages,
  file: { readonly name: string; readonly tensors: ReadonlyMap<string, Tensor> },
): Map<string, Named<Tensor>> {
  const known = new Set(listParameters(stages).map(({ name }) => name));
  const isBare = ![...file.tensors.keys()].some((name) => name.startsWith(basePrefix));
  const named = new Map<string, Named<Tensor>>();
  for (const [fileName, tensor] of file.tensors) {
    const modern = fileName
      .replace(/LayerNorm\.gamma$/u, "LayerNorm.weight")
      .replace(/LayerNorm\.beta$/u, "LayerNorm.bias");
    const name = isBare && known.has(basePrefix + modern) ? basePrefix + modern : modern;
    const twin = named.get(name);
    if (twin !== undefined) {
      throw new StudioError(
        `${file.name} has ${twin.fileName} and ${fileName}, which are the same parameter.`,
        { hint: "Save the model again with a current version of transformers." },
      );
    }
    named.set(name, { fileName, tensor });
  }
  return named;
}

/** Tells whether a tensor lies in a module that the base model has: an unknown one there means another config.json. */
function baseModules({ basePrefix }: Architecture, stages: ParameterStages) {
  const moduleOf = (name: string) =>
    (name.startsWith(basePrefix) ? name.slice(basePrefix.length) : name).split(".")[0];
  const base = [...stages.embeddings, ...stages.layers.flat(), ...stages.pooling];
  const modules = new Set(base.map(({ name }) => moduleOf(name)));
  // Buffers that old versions of transformers saved as if they were weights.
  const isBuffer = /embeddings\.position_ids$|\.attn\.(?:masked_)?bias$|\.rotary_emb\.inv_freq$/u;
  return (name: string) => modules.has(moduleOf(name)) && !isBuffer.test(name);
}

function refuse(
  file: string,
  needed: readonly ParameterSpec[],
  named: ReadonlyMap<string, Named<Shaped>>,
  { missing, extra }: { missing: readonly string[]; extra: readonly string[] },
): void {
  const problems = [
    ...(missing.length > 0 ? [`lacks ${listNames(missing)}`] : []),
    ...(extra.length > 0 ? [`has ${listNames(extra)}, which the model does not use`] : []),
    ...needed.flatMap((spec) => describeMismatch(spec, named.get(spec.name))),
  ];
  if (problems.length === 0) return;
  const shown = problems.slice(0, mostProblems).join("; it ");
  const rest = problems.length - mostProblems;
  const more = rest > 0 ? `; and ${rest} more` : "";
  throw new StudioError(`${file} does not fit its config.json: it ${shown}${more}.`, {
    hint: "Choose the config.json and the weights of the same model.",
  });
}

function describeMismatch(spec: ParameterSpec, found: Named<Shaped> | undefined): string[] {
  if (found === undefined || found.tensor.shape.join() === spec.shape.join()) return [];
  const shape = `[${found.tensor.shape.join(", ")}]`;
  return [
    `has ${found.fileName} with the shape ${shape}, but the model needs [${spec.shape.join(", ")}]`,
  ];
}

function listNames(names: readonly string[]): string {
  const more = names.length - mostNamed;
  const named = names.slice(0, mostNamed).join(", ");
  return more > 0 ? `${named} and ${more} more tensors` : named;
}
