// English words of resuming, continuing and losing nothing. Merged into the catalogue as `resume`.
import { formatBytes } from "../../lib/format.ts";

export const enResume = {
  events: {
    storageFull: (step: number, bytes: number) =>
      `No room for checkpoint-${step}: it needs ${formatBytes(bytes)}. Training waits.`,
  },
};
