// Models that lie beside the page, in `models/<id>/`.
import type { ModelOption } from "./model-summary.ts";

export const embeddedModels: readonly [ModelOption, ModelOption, ...ModelOption[]] = [
  {
    id: "universal-sentence-encoder-lite",
    name: "Universal Sentence Encoder lite",
    source: "embedded",
  },
  { id: "tiny-prose-3m", name: "Tiny prose 3M", source: "embedded" },
  {
    id: "tiny-prose-3m-sums",
    name: "Tiny prose 3M, tuned on sums",
    source: "embedded",
    // So small a model slips easily. Of 0.2 to 0.7 the best on 1,000 problems that take no part in its score
    // (`benchmark:reasoning -- --fresh 1000`).
    chainTemperature: 0.2,
  },
];
