// Writing in the worker: one job after another, each token in a task of its own, so that Stop and other messages get through.
// A training run goes first: jobs wait while it has the device.
import type {
  GeneratedText,
  GenerationProgress,
  GenerationRequest,
  GenerationResult,
  GeneratorSource,
  PromptText,
} from "../config/generation.ts";
import type { ScoredRow, ScoreProgress, ScoreRequest } from "../config/reasoning.ts";
import type { RenderChats } from "../data/chat-template.ts";
import { createDecoder, type Decoder } from "../generation/decoder.ts";
import { type GeneratorModel, generate } from "../generation/generate.ts";
import { scoreRows } from "../generation/score-rows.ts";
import type { BaseModel } from "./base-model.ts";
import { createGate } from "./macrotask.ts";
import { encodePrompt, endIds } from "./prompt-tokens.ts";
import { readCheckpointWeights } from "./restore-checkpoint.ts";
import { recordOf } from "./stored-record.ts";

interface Surroundings {
  loadBase(id: string): Promise<BaseModel>;
  /** Renders chat templates. */
  readonly render: RenderChats;
  /** Resolves when no run has the device, or the job was stopped meanwhile. */
  whenFree(isStopped: () => boolean): Promise<void>;
  tellWritten(progress: GenerationProgress): void;
  tellScored(progress: ScoreProgress): void;
}

/** Weights that stay on the device: two are compared with each other. */
const mostLoaded = 2;
/** Milliseconds between two messages about one job. */
const interval = 50;

interface Loaded {
  readonly base: BaseModel;
  readonly decoder: Decoder;
}

export function createGenerationSession(surroundings: Surroundings) {
  const loaded = new Map<string, Loaded>();
  const gate = createGate();
  let last: Promise<unknown> = Promise.resolve();
  /** Jobs that were asked for before the newest stop are over. */
  let stops = 0;
  let working = false;

  const use = async (source: GeneratorSource): Promise<Loaded> => {
    const key = JSON.stringify(source);
    const known = loaded.get(key);
    loaded.delete(key);
    for (const [other, { decoder }] of loaded) {
      if (loaded.size < mostLoaded) break;
      decoder.dispose();
      loaded.delete(other);
    }
    const made = known ?? (await load(source, surroundings.loadBase));
    loaded.set(key, made);
    return made;
  };

  /** Runs a job in its turn, when no run has the device. It gets the news whether it was stopped. */
  const inTurn = <Value>(
    work: (isStopped: () => boolean) => Promise<Value>,
    never: () => Value,
  ): Promise<Value> => {
    const asked = stops;
    const isStopped = () => stops !== asked;
    const mine = last.then(async () => {
      await surroundings.whenFree(isStopped);
      if (isStopped()) return never();
      working = true;
      try {
        return await work(isStopped);
      } finally {
        working = false;
      }
    });
    last = mine.catch(() => {});
    return mine;
  };

  const startClock = (isStopped: () => boolean) => {
    let milliseconds = 0;
    let since = performance.now();
    return {
      /** Lets messages through, and a run. */
      async pass(): Promise<number> {
        milliseconds += performance.now() - since;
        await gate.pass();
        await surroundings.whenFree(isStopped);
        since = performance.now();
        return milliseconds;
      },
    };
  };

  const write = async (
    request: GenerationRequest,
    isStopped: () => boolean,
  ): Promise<GenerationResult> => {
    const { base, decoder } = await use(request.source);
    const prompt = await encodePrompt(base, request.prompt, surroundings.render);
    const texts = Array.from({ length: request.chains }, (): Text => ({ text: "", tokens: 0 }));
    const told = createTeller(request.job, texts, surroundings.tellWritten);
    const model = generatorModel(base, decoder, typeof request.prompt !== "string");
    const prompts = texts.map((_, stream) => ({ ids: prompt.ids, stream }));
    const clock = startClock(isStopped);
    let milliseconds = 0;
    let tokens = 0;
    for await (const step of generate(model, prompts, request.config)) {
      tokens += step.length;
      for (const { text: index, piece, finished } of step) {
        const text = texts[index];
        if (text === undefined) continue;
        text.text += piece;
        text.tokens += 1;
        if (finished !== null) text.finished = finished;
      }
      milliseconds = await clock.pass();
      told(tokens, milliseconds);
      if (isStopped()) break;
    }
    return {
      prompt: prompt.text,
      template: prompt.template,
      promptTokens: prompt.ids.length,
      texts: texts.map((text) => ({ finished: "stopped", ...text })),
      tokens,
      milliseconds,
    };
  };

  const score = async (request: ScoreRequest, isStopped: () => boolean): Promise<null> => {
    const { base, decoder } = await use(request.source);
    const model = generatorModel(base, decoder, request.asChat);
    const encode = async (text: string) => {
      const prompt = request.asChat ? asUser(text) : text;
      return (await encodePrompt(base, prompt, surroundings.render)).ids;
    };
    const clock = startClock(isStopped);
    let waiting: ScoredRow[] = [];
    let milliseconds = 0;
    let tokens = 0;
    let told = 0;
    const tell = () => {
      surroundings.tellScored({ job: request.job, rows: waiting, tokens, milliseconds });
      waiting = [];
      told = milliseconds;
    };
    for await (const step of scoreRows(model, request.rows, request, encode)) {
      tokens += step.tokens;
      waiting.push(...step.rows);
      milliseconds = await clock.pass();
      if (waiting.length > 0 || milliseconds > told + 10 * interval) tell();
      if (isStopped()) break;
    }
    tell();
    return null;
  };

  return {
    generate: (request: GenerationRequest) =>
      inTurn(
        (isStopped) => write(request, isStopped),
        () => nothingWritten(request),
      ),
    score: (request: ScoreRequest) =>
      inTurn(
        (isStopped) => score(request, isStopped),
        () => null,
      ),
    /** Frees the weights for a run that begins. A job that the run holds up keeps its own. */
    free(): void {
      if (working) return;
      for (const { decoder } of loaded.values()) decoder.dispose();
      loaded.clear();
    },
    /** Ends what goes on within one token, and what waits for its turn. */
    stop(): null {
      stops += 1;
      return null;
    },
  };
}

/** The result of a job that was stopped before its turn came. */
const nothingWritten = ({ chains }: GenerationRequest): GenerationResult => ({
  prompt: "",
  template: null,
  promptTokens: 0,
  texts: Array.from({ length: chains }, () => ({ text: "", tokens: 0, finished: "stopped" })),
  tokens: 0,
  milliseconds: 0,
});

type Text = { -readonly [Key in keyof Omit<GeneratedText, "finished">]: GeneratedText[Key] } & {
  finished?: GeneratedText["finished"];
};

const asUser = (content: string): PromptText => [{ role: "user", content }];

async function load(source: GeneratorSource, loadBase: Surroundings["loadBase"]): Promise<Loaded> {
  const id =
    "modelId" in source ? source.modelId : (await recordOf(source.runId)).model_name_or_path;
  const base = await loadBase(id);
  const weights = "path" in source ? await readCheckpointWeights(source.path) : base.weights;
  return { base, decoder: createDecoder(base.architecture, base.parsedConfig, weights) };
}

const generatorModel = (base: BaseModel, decoder: Decoder, isChat: boolean): GeneratorModel => ({
  open: decoder.open,
  maxLength: decoder.maxLength,
  bytesPerToken: decoder.bytesPerToken,
  decode: (ids) => base.tokenizer.decode(ids),
  eosIds: endIds(base, isChat),
});

/** Tells what each text has got since the last message, now and then. The end is told by the result. */
function createTeller(
  job: number,
  texts: readonly Text[],
  tell: (progress: GenerationProgress) => void,
) {
  const given = texts.map(() => 0);
  let last = -interval;
  return (tokens: number, milliseconds: number) => {
    if (performance.now() - last < interval) return;
    last = performance.now();
    const pieces = texts.map(({ text }, index) => text.slice(given[index]));
    texts.forEach(({ text }, index) => {
      given[index] = text.length;
    });
    tell({ job, pieces, tokens, milliseconds });
  };
}
