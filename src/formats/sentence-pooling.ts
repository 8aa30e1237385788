// How a sentence-transformers model pools: the folder's modules.json lists its parts, 1_Pooling/config.json says how. In the studio's
// own checkpoints config.json says it.
import { z } from "zod";
import { StudioError } from "../lib/errors.ts";
import { listModules, type ReadJson, readMaxSeqLength } from "./sentence-modules.ts";

/** How the tokens of a text become one vector, where it is not the architecture's own way: `sentence_pooling` in config.json. */
const sentencePoolingSchema = z.object({
  mode: z.literal("mean", { error: "Only the mean of the tokens is known." }),
  /** Whether the vector is given the length 1. */
  normalize: z.boolean(),
  /** Longest text in tokens, where it is less than the encoder could read. */
  max_seq_length: z.int().min(1).optional(),
});
export type SentencePooling = z.output<typeof sentencePoolingSchema>;

/** Encoders of which sentence-transformers is made, and what their classes in transformers begin with. */
export const pooledEncoders: Readonly<Record<string, string>> = {
  bert: "Bert",
  roberta: "Roberta",
  distilbert: "DistilBert",
};

const known = ["Transformer", "Pooling", "Normalize"];

/**
 * The pooling of a model, or null for one that is no sentence-transformers model or no such encoder: a decoder has its own head,
 * whatever its modules.json says.
 * @throws StudioError that names a part or a mode of pooling that the studio does not know.
 */
export async function readPooling(
  { model_type, sentence_pooling: own }: Readonly<Record<string, unknown>>,
  readJson: ReadJson,
): Promise<SentencePooling | null> {
  if (own !== undefined) return sentencePoolingSchema.parse(own);
  if (!Object.keys(pooledEncoders).includes(String(model_type))) return null;
  const listed = await readJson("modules.json");
  if (listed === undefined) return null;
  const parts = listModules(listed) ?? refuse("modules.json lists no modules.");
  const kinds = parts.map(({ kind }) => kind);
  const other = kinds.find((kind) => !known.includes(kind));
  if (other !== undefined) refuse(`modules.json has a module ${other}, which is not known.`);
  const place = parts[kinds.indexOf("Pooling")]?.path;
  if (place === undefined) refuse("modules.json has no module that pools.");
  const file = `${place}/config.json`;
  const modes = z.looseObject({}).safeParse(await readJson(file)).data;
  if (modes === undefined) refuse(`${file} is missing: it says how the tokens are pooled.`);
  refuseOtherModes(file, modes);
  const length = await readMaxSeqLength(readJson);
  return {
    ...{ mode: "mean", normalize: kinds.includes("Normalize") },
    ...(length === undefined ? {} : { max_seq_length: length }),
  };
}

/** sentence-transformers 6 writes `pooling_mode`; before, there was a flag for each. */
function refuseOtherModes(file: string, modes: Readonly<Record<string, unknown>>): void {
  const flags = Object.keys(modes).filter(
    (key) => key.startsWith("pooling_mode_") && modes[key] === true,
  );
  const named = modes.pooling_mode === undefined ? flags : [modes.pooling_mode].flat().map(String);
  if (named.length === 1 && (named[0] === "mean" || named[0] === "pooling_mode_mean_tokens")) {
    return;
  }
  refuse(
    `${file} pools by ${named.length === 0 ? "nothing that is known" : named.join(" and ")}; only the mean of the tokens is known.`,
  );
}

function refuse(message: string): never {
  throw new StudioError(message, {
    hint: "Choose a sentence-transformers model of BERT, RoBERTa or DistilBERT with mean pooling, or drop this one's files on the page, all but modules.json.",
  });
}
