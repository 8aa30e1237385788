// The playground: whose weights write, what they are asked, and what they wrote. It lives as long as the tab.
import { create } from "zustand";
import {
  type GenerationConfig,
  type GenerationResult,
  type GeneratorSource,
  generationConfigSchema,
  type OwnSettings,
  ownArguments,
  type PromptText,
} from "../config/generation.ts";
import {
  guessQuestionColumns,
  type HeldOutTable,
  type QuestionColumns,
} from "../config/held-out.ts";
import {
  defaultReasoning,
  type ReasoningMode,
  type ReasoningSettings,
  type ScoredRow,
} from "../config/reasoning.ts";
import type { ErrorRecord } from "../lib/errors.ts";

/** Weights that can be chosen. */
export interface SourceOption {
  readonly key: string;
  readonly name: string;
  readonly source: GeneratorSource;
  /** What it asks for itself. */
  readonly own: OwnSettings;
  /** See `ModelOption`. */
  readonly chainTemperature?: number | undefined;
}

/** What one model wrote, or is writing. */
export interface Output {
  readonly name: string;
  readonly phase: "waiting" | "writing" | "done" | "failed";
  readonly texts: readonly string[];
  readonly tokens: number;
  readonly milliseconds: number;
  readonly result: GenerationResult | null;
  readonly error: ErrorRecord | null;
}

/** A turn of the user, and what each model replied. */
interface Turn {
  readonly user: string;
  readonly replies: readonly string[];
}

/** One mode's score, as far as it has come. */
export interface ModeScore {
  readonly mode: ReasoningMode;
  readonly phase: "waiting" | "running" | "done" | "stopped" | "failed";
  readonly rows: readonly ScoredRow[];
  readonly tokens: number;
  readonly milliseconds: number;
  readonly error: ErrorRecord | null;
}

/** A scoring of some rows in some modes. */
export interface Scoring {
  readonly model: string;
  readonly asked: readonly { readonly question: string; readonly answer: string }[];
  readonly modes: readonly ModeScore[];
}

export type HeldOut =
  | { readonly phase: "none" }
  | { readonly phase: "reading"; readonly name: string }
  | {
      readonly phase: "ready";
      readonly name: string;
      readonly table: HeldOutTable;
      readonly columns: QuestionColumns;
    }
  | { readonly phase: "failed"; readonly name: string; readonly error: ErrorRecord };

export const playgroundViews = ["text", "chat", "reasoning", "score", "classify"] as const;
export type PlaygroundView = (typeof playgroundViews)[number];

interface PlaygroundStore {
  /** Null until the storage has been looked through. */
  readonly options: readonly SourceOption[] | null;
  /** Keys of one or two of them. */
  readonly chosen: readonly string[];
  /** Null: what fits the model that is chosen elsewhere. */
  readonly view: PlaygroundView | null;
  readonly prompt: string;
  readonly message: string;
  /** How the conversation began, before the turns: of a row that is a chat. */
  readonly opening: Exclude<PromptText, string>;
  readonly turns: readonly Turn[];
  readonly question: string;
  /** The answer that stands in the data for the prompt or the question, or null for words of the user's own. */
  readonly expected: string | null;
  readonly mode: ReasoningMode;
  readonly reasoning: ReasoningSettings;
  readonly config: GenerationConfig;
  readonly asChat: boolean;
  readonly outputs: readonly Output[];
  readonly scoring: Scoring | null;
  readonly heldOut: HeldOut;
  /** What goes on: a prompt, or a scoring. */
  readonly busy: "writing" | "scoring" | null;
}

const generationDefaults = generationConfigSchema.parse({});

export const usePlaygroundStore = create<PlaygroundStore>(() => ({
  options: null,
  chosen: [],
  view: null,
  prompt: "",
  message: "",
  opening: [],
  turns: [],
  question: "",
  expected: null,
  mode: "zero_shot",
  reasoning: defaultReasoning,
  config: generationDefaults,
  asChat: false,
  outputs: [],
  scoring: null,
  heldOut: { phase: "none" },
  busy: null,
}));

export const changePlayground = (change: Partial<PlaygroundStore>) =>
  usePlaygroundStore.setState(change);
export const changeReasoning = (change: Partial<ReasoningSettings>) =>
  usePlaygroundStore.setState(({ reasoning }) => ({ reasoning: { ...reasoning, ...change } }));
export const changeConfig = (change: Partial<GenerationConfig>) =>
  usePlaygroundStore.setState(({ config }) => ({ config: { ...config, ...change } }));

/**
 * Chooses whose weights write. What the first one's generation_config.json asks for become the defaults; what the user has set stays.
 * @param change of the state at the same moment.
 */
export function chooseSources(
  keys: readonly string[],
  change: Partial<PlaygroundStore> = {},
): void {
  usePlaygroundStore.setState((before) => {
    const after = { ...before, ...change, chosen: keys };
    const { reasoning, config } = after;
    return {
      ...after,
      config: changeDefaults(config, generationDefaults, ownSettings(before), ownSettings(after)),
      reasoning: {
        ...reasoning,
        self_consistency: changeDefaults(
          reasoning.self_consistency,
          defaultReasoning.self_consistency,
          chainSettings(before),
          chainSettings(after),
        ),
      },
    };
  });
}

function chainSettings(state: Pick<PlaygroundStore, "options" | "chosen">): OwnSettings {
  const temperature = chosenSources(state)[0]?.chainTemperature;
  return { ...ownSettings(state), ...(temperature === undefined ? {} : { temperature }) };
}

/** What the first of the chosen models asks for. */
export const ownSettings = (state: Pick<PlaygroundStore, "options" | "chosen">): OwnSettings =>
  chosenSources(state)[0]?.own ?? noSettings;
const noSettings: OwnSettings = {};

/** Settings that stand at a model's defaults go to those of the next one. */
function changeDefaults<Settings extends OwnSettings>(
  settings: Settings,
  defaults: Settings,
  old: OwnSettings,
  own: OwnSettings,
): Settings {
  const changed = ownArguments.filter(
    (name) => name in settings && settings[name] === (old[name] ?? defaults[name]),
  );
  const next = changed.map((name) => [name, own[name] ?? defaults[name]]);
  return { ...settings, ...Object.fromEntries(next) };
}

/** The chosen weights, in their order. */
export function chosenSources({
  options,
  chosen,
}: Pick<PlaygroundStore, "options" | "chosen">): readonly SourceOption[] {
  return chosen.flatMap((key) => options?.find((option) => option.key === key) ?? []);
}

const noConversation = { opening: [], turns: [], outputs: [] };

/** Begins the chat anew. */
export const clearChat = () => changePlayground({ ...noConversation, expected: null });

/** A row of the held-out table as question, way and answer; empty where no column holds it. */
export function readHeldOutRow(
  { table, columns }: Extract<HeldOut, { phase: "ready" }>,
  row: number,
): { readonly question: string; readonly reasoning: string; readonly answer: string } {
  const cells = table.rows[row] ?? [];
  const cell = (column: string | null) =>
    column === null ? "" : (cells[table.columns.indexOf(column)] ?? "");
  return {
    question: cell(columns.question),
    reasoning: cell(columns.reasoning),
    answer: cell(columns.answer).trim(),
  };
}

/**
 * Puts a row into the view that is open. One that is a chat goes into the chat, its earlier turns before it. None is taken while
 * something is written: the reply would come to another conversation.
 */
export function askRow(
  heldOut: Extract<HeldOut, { phase: "ready" }>,
  row: number,
  view: PlaygroundView,
): void {
  const { busy, opening } = usePlaygroundStore.getState();
  if (busy === "writing") return;
  const { question, answer: expected } = readHeldOutRow(heldOut, row);
  const prompt = heldOut.table.prompts?.[row] ?? question;
  if (view === "reasoning") changePlayground({ question, expected });
  else if (typeof prompt !== "string") {
    const last = prompt.at(-1);
    const isAsked = last?.role === "user";
    changePlayground({
      ...{ ...noConversation, view: "chat", expected },
      message: isAsked ? last.content : "",
      opening: isAsked ? prompt.slice(0, -1) : prompt,
    });
  } else if (view === "chat") {
    // The opening of another row, and what was said after it, are no part of this question.
    const ended = opening.length === 0 ? {} : noConversation;
    changePlayground({ ...ended, message: question, expected });
  } else changePlayground({ prompt, expected });
}

export const setHeldOut = (name: string, table: HeldOutTable) =>
  changePlayground({
    heldOut: {
      ...{ phase: "ready", name, table },
      columns: table.asked ?? guessQuestionColumns(table.columns),
    },
  });
