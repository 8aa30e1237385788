// The playground's work: it lists who can write, asks the worker, and puts what comes into the store.
import { z } from "zod";
import {
  type GenerationConfig,
  type GenerationProgress,
  type GenerationRequest,
  generationConfigSchema,
  type PromptText,
  readOwnSettings,
} from "../config/generation.ts";
import type { HeldOutSource } from "../config/held-out.ts";
import {
  buildPrompt,
  chainsOf,
  configOf,
  type ReasoningMode,
  type ReasoningSettings,
  reasoningSettingsSchema,
  type ScoreProgress,
  settingsFor,
} from "../config/reasoning.ts";
import { type ErrorRecord, StudioError, toErrorRecord } from "../lib/errors.ts";
import { useDatasetStore } from "../state/dataset-store.ts";
import {
  changePlayground,
  chooseSources,
  chosenSources,
  type ModeScore,
  type Output,
  readHeldOutRow,
  type SourceOption,
  setHeldOut,
  usePlaygroundStore,
} from "../state/playground-store.ts";
import { getRun, getStoredRuns } from "../state/run-store.ts";
import { useStudioStore } from "../state/studio-store.ts";
import { listCheckpoints } from "../storage/checkpoints.ts";
import { readFile } from "../storage/folders.ts";
import { readModelFile } from "../storage/models.ts";
import { en } from "../ui/text/en.ts";
import { readDatasetFile } from "../worker/client.ts";
import type { Link } from "./link.ts";

const state = () => usePlaygroundStore.getState();
/** Rows that are fetched to be shown and scored. */
const mostRows = 2000;

/** What the page can do on the playground. `started` resolves when the worker has its back end. */
export function createPlaygroundControl(link: Link, started: () => Promise<void>) {
  let lastJob = 0;
  let stopped = false;
  /** The output, or the mode, that messages of a job belong to. */
  let current = { job: 0, index: 0 };

  const begin = (index: number) => {
    lastJob += 1;
    current = { job: lastJob, index };
    return lastJob;
  };
  const changeOutput = (index: number, change: Partial<Output>) =>
    changePlayground({
      outputs: state().outputs.map((output, at) =>
        at === index ? { ...output, ...change } : output,
      ),
    });
  const changeMode = (index: number, change: Partial<ModeScore>) => {
    const { scoring } = state();
    if (scoring === null) return;
    const modes = scoring.modes.map((mode, at) => (at === index ? { ...mode, ...change } : mode));
    changePlayground({ scoring: { ...scoring, modes } });
  };

  /**
   * Lets each chosen model write, one after the other, so that each one's speed is its own. What `plan` throws is shown where
   * they would have written.
   */
  const writeAll = async (plan: () => Plan) => {
    if (state().busy !== null) return;
    const sources = chosenSources(state());
    if (sources.length === 0) throw new StudioError(en.playground.noModel);
    const planned = tryPlan(plan);
    if ("error" in planned) {
      const { error } = planned;
      const outputs = sources.map(({ name }) => newOutput(name, 1));
      changePlayground({ outputs: outputs.map((each) => ({ ...each, phase: "failed", error })) });
      return;
    }
    const { promptOf, ...task } = planned;
    stopped = false;
    changePlayground({
      busy: "writing",
      outputs: sources.map(({ name }) => newOutput(name, task.chains)),
    });
    try {
      for (const [index, { source }] of sources.entries()) {
        if (stopped) changeOutput(index, { phase: "done" });
        else await writeOne(index, { ...task, source, prompt: promptOf(index) });
      }
    } finally {
      changePlayground({ busy: null });
    }
  };
  const writeOne = async (index: number, request: Omit<GenerationRequest, "job">) => {
    changeOutput(index, { phase: "writing" });
    try {
      await started();
      const result = await link.request("generate", { ...request, job: begin(index) });
      const { tokens, milliseconds } = result;
      const texts = result.texts.map(({ text }) => text);
      changeOutput(index, { phase: "done", texts, tokens, milliseconds, result });
    } catch (error) {
      changeOutput(index, { phase: "failed", error: toErrorRecord(error) });
    }
  };

  const write = () => {
    const { prompt, config } = state();
    return writeAll(() => ({ chains: 1, config, promptOf: () => prompt }));
  };

  const send = async () => {
    const { message, opening, turns, config, busy } = state();
    if (message.trim() === "" || busy !== null) return;
    changePlayground({ message: "", turns: [...turns, { user: message, replies: [] }] });
    const takeBack = () => changePlayground({ message, turns });
    try {
      const promptOf = (index: number) => [
        ...opening,
        ...turns.flatMap(({ user, replies }) => [
          { role: "user", content: user },
          { role: "assistant", content: replies[index] ?? "" },
        ]),
        { role: "user", content: message },
      ];
      await writeAll(() => ({ chains: 1, config, promptOf }));
    } catch (error) {
      takeBack();
      throw error;
    }
    const { outputs } = state();
    if (outputs.some(({ phase }) => phase === "failed")) return takeBack();
    const replies = outputs.map(({ texts }) => texts[0] ?? "");
    changePlayground({ turns: [...turns, { user: message, replies }] });
  };

  const think = async () => {
    const { question, mode, reasoning, config, asChat } = state();
    await writeAll(() => {
      const settings = readSettings(reasoning, [mode]);
      const text = buildPrompt(mode, question, settings);
      const prompt: PromptText = asChat ? [{ role: "user", content: text }] : text;
      const chains = chainsOf(mode, settings);
      return { chains, config: configOf(mode, settings, config), promptOf: () => prompt };
    });
  };

  const score = async (modes: readonly ReasoningMode[], most: number) => {
    const { heldOut, reasoning, asChat, busy } = state();
    if (busy !== null || heldOut.phase !== "ready") return;
    const [chosen] = chosenSources(state());
    if (chosen === undefined) throw new StudioError(en.playground.noModel);
    const settings = readSettings(reasoning, modes);
    // Scores tell no luck: only self-consistency draws.
    const config = readConfig({ ...state().config, do_sample: false });
    const rows = heldOut.table.rows
      .slice(0, most)
      .map((_, row) => readHeldOutRow(heldOut, row))
      .filter(({ question, answer }, row) => {
        const prompt = heldOut.table.prompts?.[row] ?? "";
        const isWhole = typeof prompt === "string" || prompt.length <= 1;
        return question !== "" && answer !== "" && isWhole;
      });
    if (rows.length === 0) {
      const { noRows, noRowsHint } = en.playground.score;
      throw new StudioError(noRows, { hint: noRowsHint });
    }
    stopped = false;
    changePlayground({
      busy: "scoring",
      scoring: { model: chosen.name, asked: rows, modes: modes.map(newScore) },
    });
    try {
      for (const [index, mode] of modes.entries()) {
        if (stopped) break;
        changeMode(index, { phase: "running" });
        try {
          const task = { source: chosen.source, rows, mode, settings, config, asChat };
          await started();
          await link.request("scoreReasoning", { ...task, job: begin(index) });
          changeMode(index, { phase: stopped ? "stopped" : "done" });
        } catch (error) {
          changeMode(index, { phase: "failed", error: toErrorRecord(error) });
        }
      }
    } finally {
      changePlayground({ busy: null });
    }
  };

  const readRows = async (name: string, find: () => Promise<HeldOutSource>) => {
    changePlayground({ heldOut: { phase: "reading", name } });
    try {
      setHeldOut(name, await link.request("readHeldOut", { from: await find(), most: mostRows }));
    } catch (error) {
      changePlayground({ heldOut: { phase: "failed", name, error: toErrorRecord(error) } });
    }
  };
  const readFileRows = (file: File) =>
    readRows(file.name, async () => {
      const { signal } = new AbortController();
      const { id, name } = await readDatasetFile(file, {}, () => {}, signal);
      return { tableId: id, name };
    });

  return {
    listSources: async () => {
      const options = await listSources();
      const kept = state().chosen.filter((key) => options.some((option) => option.key === key));
      chooseSources(kept.length === 0 ? firstChoice(options) : kept, { options });
    },
    write,
    send,
    think,
    score,
    async stop() {
      stopped = true;
      await link.request("stopGeneration", {});
    },
    /** The held-out rows of the loaded data set. */
    readHeldOut: async () => {
      const { dataset } = useDatasetStore.getState();
      if (dataset.phase !== "ready") return;
      const { choice, info } = dataset;
      await readRows(info.name, async () => ({ choice }));
    },
    readFileRows,
    /** Word problems that no model of ours was trained on, and the model that was trained on such. */
    async openSums() {
      const name = "sums-step-by-step-held-out.csv";
      const response = await fetch(new URL(`samples/${name}`, document.baseURI));
      if (!response.ok) throw new StudioError(en.playground.sumsMissing);
      await readFileRows(new File([await response.blob()], name));
      const { options, heldOut } = state();
      const tuned = options?.find(({ key }) => key.includes("sums"));
      if (tuned !== undefined) chooseSources([tuned.key]);
      if (heldOut.phase !== "ready") return;
      const { question, answer } = readHeldOutRow(heldOut, 0);
      changePlayground({ view: "reasoning", mode: "zero_shot", question, expected: answer });
    },
    receiveWritten({ job, pieces, tokens, milliseconds }: GenerationProgress) {
      if (job !== current.job) return;
      const output = state().outputs[current.index];
      if (output === undefined) return;
      const texts = output.texts.map((text, index) => text + (pieces[index] ?? ""));
      changeOutput(current.index, { texts, tokens, milliseconds });
    },
    receiveScored({ job, rows, tokens, milliseconds }: ScoreProgress) {
      if (job !== current.job) return;
      const known = state().scoring?.modes[current.index]?.rows ?? [];
      changeMode(current.index, { rows: [...known, ...rows], tokens, milliseconds });
    },
  };
}

/** What is to be written, and what each model reads. */
interface Plan extends Pick<GenerationRequest, "chains" | "config"> {
  readonly promptOf: (index: number) => PromptText;
}

function tryPlan(plan: () => Plan): Plan | { readonly error: ErrorRecord } {
  try {
    const planned = plan();
    return { ...planned, config: readConfig(planned.config) };
  } catch (error) {
    return { error: toErrorRecord(error) };
  }
}

const newOutput = (name: string, chains: number): Output => ({
  name,
  phase: "waiting",
  texts: Array.from({ length: chains }, () => ""),
  tokens: 0,
  milliseconds: 0,
  result: null,
  error: null,
});

const newScore = (mode: ReasoningMode): ModeScore => ({
  ...{ mode, phase: "waiting", rows: [], tokens: 0, milliseconds: 0, error: null },
});

/** Settings of drawing that are not used, and not shown, may be wrong. */
function readConfig(config: GenerationConfig) {
  const { temperature, top_k, top_p } = generationConfigSchema.parse({});
  return parse(
    generationConfigSchema,
    config.do_sample ? config : { ...config, temperature, top_k, top_p },
  );
}
const readSettings = (settings: ReasoningSettings, modes: readonly ReasoningMode[]) =>
  parse(reasoningSettingsSchema, settingsFor(modes, settings));

/** @throws StudioError that names the field and what is wrong with it. */
function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".") ?? "";
  const name = String(issue?.path.at(-1));
  const limit = (en.playground.limits as Readonly<Record<string, string>>)[name];
  throw new StudioError(`${field}: ${limit ?? `${issue?.message}.`}`, {
    hint: en.playground.mendField,
  });
}

/** Every base model and checkpoint that is a language model, by its config.json. */
async function listSources(): Promise<SourceOption[]> {
  const found: SourceOption[] = [];
  /** @param read a file of the folder, or undefined. */
  const add = async (option: Omit<SourceOption, "own">, read: ReadJson) => {
    // What cannot be read asks for nothing.
    const own = readOwnSettings(await read("generation_config.json").catch(() => undefined));
    found.push({ ...option, own });
  };
  for (const { id, name, source, chainTemperature } of useStudioStore.getState().modelOptions) {
    const read = asJson((file) =>
      source === "embedded" ? fetchModelFile(id, file) : readModelFile(id, file),
    );
    if (!isLanguageModel(await read("config.json"))) continue;
    await add({ key: `model ${id}`, name, source: { modelId: id }, chainTemperature }, read);
  }
  for (const { record } of getStoredRuns()) {
    const checkpoints = await listCheckpoints(record.arguments.output_dir);
    const newest = checkpoints.at(-1);
    if (newest === undefined) continue;
    const read = asJson((file) => readFile(newest.path, file));
    if (!isLanguageModel(await read("config.json"))) continue;
    for (const { path, step } of checkpoints.reverse()) {
      const name = en.playground.checkpoint(record.name, step);
      const key = `run ${record.id} ${path}`;
      await add({ key, name, source: { runId: record.id, path } }, read);
    }
  }
  return found;
}

/** The shown run's base model and its newest checkpoint, side by side; else the first model. */
function firstChoice(options: readonly SourceOption[]): string[] {
  const record = getRun()?.record;
  const tuned = options.find(({ key }) => key.startsWith(`run ${record?.id} `));
  const base = options.find(({ key }) => key === `model ${record?.model_name_or_path}`);
  const chosen = tuned === undefined ? [options[0]] : [base, tuned];
  return chosen.flatMap((option) => option?.key ?? []);
}

type ReadJson = (file: string) => Promise<unknown>;

/** Undefined where there is no such file. */
const asJson =
  (read: (file: string) => Promise<Uint8Array | undefined>): ReadJson =>
  async (file) => {
    const bytes = await read(file);
    return bytes === undefined ? undefined : JSON.parse(new TextDecoder().decode(bytes));
  };

async function fetchModelFile(id: string, file: string): Promise<Uint8Array | undefined> {
  const response = await fetch(new URL(`models/${id}/${file}`, document.baseURI));
  return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
}

function isLanguageModel(config: unknown): boolean {
  const named = z.looseObject({ architectures: z.array(z.string()) }).safeParse(config).data;
  return named?.architectures.some((name) => /(?:CausalLM|LMHeadModel)$/u.test(name)) ?? false;
}
