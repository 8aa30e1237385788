// What a sentence-transformers folder says of its parts beside the pooling: where the transformer's own files lie, how long a text it
// reads, whether it reads in lower case. As in sentence-transformers 6.0.1, whose older layouts differ.
import { z } from "zod";

/** A file's contents, or undefined where the model has no such file. */
export type ReadJson = (name: string) => Promise<unknown>;

const modulesSchema = z.array(z.looseObject({ path: z.string(), type: z.string() }));

/** The modules of a parsed modules.json in their order, each with its class's name; null where it lists none. */
export function listModules(modules: unknown): { kind: string; path: string }[] | null {
  const parsed = modulesSchema.safeParse(modules).data;
  return (
    parsed?.map(({ path, type }) => ({ kind: type.slice(type.lastIndexOf(".") + 1), path })) ?? null
  );
}

/** Where the transformer's files lie: "" for the model's own folder, "0_Transformer" in an older layout. */
export function transformerFolder(modules: unknown): string {
  const path = listModules(modules)?.find(({ kind }) => kind === "Transformer")?.path ?? "";
  return path.split("/").includes("..") ? "" : path.replace(/^(?:\.\/)+|\/+$/gu, "");
}

/**
 * What lies at the paths from the model's folder, by its name once the transformer's files lie in that folder themselves. They
 * count before files of the same name beside them: an old config.json there tells the version of sentence-transformers.
 */
export function byName<Contents>(
  folder: string,
  files: ReadonlyMap<string, Contents>,
): Map<string, Contents> {
  const start = `${folder}/`;
  const inside = [...files].filter(([path]) => path.startsWith(start));
  const named = inside.map(([path, contents]) => [path.slice(start.length), contents] as const);
  return new Map([...[...files].filter(([path]) => !path.startsWith(start)), ...named]);
}

/** The module's settings: sentence-transformers takes the first of these that there is. */
const settingsFiles = ["bert", "roberta", "distilbert"].map(
  (name) => `sentence_${name}_config.json`,
);

/** Whether a file holds the transformer module's settings. */
export const isSettingsFile = (name: string): boolean => settingsFiles.includes(name);

async function readSettings(readJson: ReadJson): Promise<Record<string, unknown>> {
  for (const file of settingsFiles) {
    const settings = z.looseObject({}).safeParse(await readJson(file)).data;
    if (settings !== undefined) return settings;
  }
  return {};
}

/** The longest text in tokens: `max_seq_length`, else the tokenizer's own `model_max_length`; undefined where neither says. */
export async function readMaxSeqLength(readJson: ReadJson): Promise<number | undefined> {
  const length = z.int().min(1);
  const own = length.safeParse((await readSettings(readJson)).max_seq_length).data;
  if (own !== undefined) return own;
  const tokenizer = z.looseObject({}).safeParse(await readJson("tokenizer_config.json")).data;
  // Where there is no limit it is 1e30.
  return length.safeParse(tokenizer?.model_max_length).data;
}

/** Whether texts are put in lower case, whatever the tokenizer itself does. */
export const readsLowerCase = async (readJson: ReadJson): Promise<boolean> =>
  (await readSettings(readJson)).do_lower_case === true;

const normalizerSchema = z.looseObject({
  type: z.string(),
  normalizers: z.array(z.looseObject({ type: z.string() })).optional(),
});

/** A parsed tokenizer.json that puts texts in lower case before all else it does with them. */
export function inLowerCase(tokenizer: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const own = normalizerSchema.safeParse(tokenizer.normalizer).data;
  const steps = own?.type === "Sequence" ? (own.normalizers ?? []) : own === undefined ? [] : [own];
  const isLower = steps.some(
    (step) => step.type === "Lowercase" || (step.type === "BertNormalizer" && step.lowercase),
  );
  if (isLower) return { ...tokenizer };
  const normalizers = [{ type: "Lowercase" }, ...steps];
  return { ...tokenizer, normalizer: { type: "Sequence", normalizers } };
}
