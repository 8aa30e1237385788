// The architectures that the studio can train, and the check that a file holds the parameters of one.
import { StudioError } from "../lib/errors.ts";
import type { Architecture, ParameterSpec } from "./model.ts";
import { universalSentenceEncoder } from "./universal-sentence-encoder.ts";

const architectures: readonly Architecture[] = [universalSentenceEncoder];

/** At most this many tensors are named in one error. */
const mostNamed = 5;

/** The architecture of a config.json's `model_type`. @throws StudioError that lists the known ones. */
export function findArchitecture(modelType: string): Architecture {
  const found = architectures.find((architecture) => architecture.modelType === modelType);
  if (found !== undefined) return found;
  const known = architectures.map((architecture) => architecture.modelType).join(", ");
  throw new StudioError(`The studio does not know the architecture "${modelType}".`, {
    hint: `Choose a model whose config.json has one of these model types: ${known}.`,
  });
}

/**
 * Compares the tensors of a file with what the model needs.
 * @throws StudioError that names the missing tensors, the extra ones, or a tensor with both shapes.
 */
export function checkParameters(
  specs: readonly ParameterSpec[],
  tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  file: string,
): void {
  const needed = new Set(specs.map((spec) => spec.name));
  const missing = [...needed].filter((name) => !tensors.has(name));
  const extra = [...tensors.keys()].filter((name) => !needed.has(name));
  const problems = [
    ...(missing.length > 0 ? [`lacks ${listNames(missing)}`] : []),
    ...(extra.length > 0 ? [`has ${listNames(extra)}, which the model does not use`] : []),
    ...specs.flatMap((spec) => describeShapeMismatch(spec, tensors.get(spec.name)?.shape)),
  ];
  if (problems.length === 0) return;
  throw new StudioError(`${file} does not fit its config.json: it ${problems.join("; it ")}.`, {
    hint: "Choose the config.json and the weights of the same model.",
  });
}

function describeShapeMismatch(
  spec: ParameterSpec,
  shape: readonly number[] | undefined,
): string[] {
  if (shape === undefined || shape.join() === spec.shape.join()) return [];
  const found = `[${shape.join(", ")}]`;
  return [
    `has ${spec.name} with the shape ${found}, but the model needs [${spec.shape.join(", ")}]`,
  ];
}

function listNames(names: readonly string[]): string {
  const more = names.length - mostNamed;
  const named = names.slice(0, mostNamed).join(", ");
  return more > 0 ? `${named} and ${more} more tensors` : named;
}
