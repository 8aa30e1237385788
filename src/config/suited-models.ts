// Small models on the Hub whose vocabularies know many languages and scripts, for rows that the chosen one serves badly.
export const multilingualModels = {
  classifier: ["google-bert/bert-base-multilingual-cased"],
  language: ["Qwen/Qwen3-0.6B-Base", "Qwen/Qwen2.5-0.5B"],
} as const;
