// The disposable worker that reads one data set file and stores it. A file that makes it hang or fill its memory takes nothing else along.
import { z } from "zod";
import { readTable } from "../data/read/read-table.ts";
import { toErrorRecord } from "../lib/errors.ts";
import { saveDataset } from "../storage/datasets.ts";
import type { ReadFileAnswer, ReadFileMessage } from "./protocol.ts";

// zod's compiled parsers need eval, which the content security policy forbids.
z.config({ jitless: true });

const post = (answer: ReadFileAnswer) => self.postMessage(answer);

self.onmessage = async ({ data }: MessageEvent<ReadFileMessage>) => {
  try {
    const { info, table } = await readTable(data.file, data.options, (share) =>
      post({ type: "progress", share }),
    );
    await saveDataset(info, table);
    post({ type: "read", info });
  } catch (error) {
    post({ type: "refused", error: toErrorRecord(error) });
  }
};
