// Words of language models: data, tokens, results.
import { formatCount } from "../../lib/format.ts";
import { count } from "./count.ts";

export const enLanguage = {
  task: "text: a language model",
  format: "Rows are",
  formats: {
    text: "plain texts",
    prompt_completion: "prompts with completions",
    reasoning: "questions with reasoning",
    messages: "chats (role, content)",
    conversations: "chats (from, value)",
    alpaca: "instructions with answers",
    tokens: "token ids (input_ids)",
  },
  roles: {
    text: "Text",
    prompt: "Prompt",
    completion: "Completion",
    question: "Question",
    reasoning: "Reasoning",
    answer: "Answer",
    messages: "Messages",
    conversations: "Conversations",
    instruction: "Instruction",
    input: "Input",
    output: "Answer",
    system: "System prompt",
    input_ids: "Token ids",
    labels: "Labels",
    attention_mask: "Attention mask",
  } as Readonly<Record<string, string>>,
  none: "none",
  completionOnly: "Learn the completion only",
  directAnswers: "Learn each row twice: step by step, and its answer at once",
  assistantOnly: "Learn the assistant's turns only",
  packing: "Pack short rows together",
  /** What is found of rows that have no label. */
  findings: {
    none: "Nothing found: no row without something to learn, none that repeats, none both held out and trained on.",
    skipEmpty: "Skip rows with nothing to learn",
    sentences: {
      empty: (rows: number) =>
        `${count(rows, "row has", "rows have")} nothing to learn: no text, or no answer. Such rows are never used.`,
      leaks: (rows: number, groups: number) =>
        `${count(groups, "row is", "rows are")} held out and in training too (${count(rows, "training row", "training rows")}). The held-out loss then also rewards remembering.`,
      duplicates: (rows: number) =>
        `${count(rows, "row repeats", "rows repeat")} an earlier one word for word. Repeats count several times.`,
    },
  },
  answer: "What follows",
  nothingToLearn: "with nothing to learn",
  panel: {
    title: "What is learned",
    share: (share: string) => `${share} of the tokens count`,
    tokens: "Tokens that train",
    trained: "of them counted in the loss",
    batches: "Rows of the batches",
    masked: (rows: number) =>
      `${count(rows, "training row has", "training rows have")} no token to learn within max_length and ${rows === 1 ? "is" : "are"} left out.`,
    blurred: (rows: number) =>
      `In ${count(rows, "row", "rows")} the border between what is read and what is learned falls within a token.`,
    blurredHint: "Let the completion begin with the space, not the prompt end with it.",
    templates: {
      none: null,
      model: "Chats are written with the model's own template.",
      chatml: "The model has no chat template of its own: chats are written as ChatML.",
    },
    hint: "Press a row below to see it token by token.",
  },
  tokens: {
    title: "As it is trained on",
    legend: "learned",
    read: "only read",
    special: "special",
    length: (shown: number, length: number, maxLength: number) =>
      shown === length
        ? count(length, "token", "tokens")
        : `the first ${formatCount(shown)} of ${count(length, "token", "tokens")}${length > maxLength ? `, cut at max_length ${formatCount(maxLength)}` : ""}`,
    none: "This row is left out.",
  },
  run: {
    loss: "Loss",
    perplexity: "Perplexity",
    accuracy: "Token accuracy",
    speed: "Speed",
    padding: "Padding",
    heldOut: (value: string) => `held-out ${value}`,
    perSecond: (rate: string) => `${rate} tokens/s`,
    noPadding: "without padding",
    seen: (tokens: string) => `${tokens} tokens seen`,
    places: "of the batches' places",
  },
  results: {
    training: (rate: string, share: string) =>
      `Trained on ${rate} tokens a second when it last ran; ${share} of the batches' places were padding.`,
    headline: (perplexity: string, before: string, rows: number) =>
      `Perplexity ${perplexity}, before training ${before}, on ${count(rows, "held-out row", "held-out rows")}`,
    title: "Held-out rows",
    names: {
      perplexity: "Perplexity",
      loss: "Loss (mean of batches, as the Trainer has it)",
      token_loss: "Loss a token, in nats",
      accuracy: "Token accuracy (right next tokens)",
    },
    tokens: (tokens: number) => `${count(tokens, "token", "tokens")} scored`,
    help: "A perplexity of 20 means: on average the model hesitates as if between 20 equally likely next tokens.",
  },
};
