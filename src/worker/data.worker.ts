// The disposable worker that reads one data set file and stores it. A file that makes it hang or fill its memory takes nothing else along.
import { z } from "zod";
import { readCsv } from "../data/read-csv.ts";
import { toErrorRecord } from "../lib/errors.ts";
import { saveDataset } from "../storage/datasets.ts";
import type { ReadFileAnswer, ReadFileMessage } from "./protocol.ts";

// zod's compiled parsers need eval, which the content security policy forbids.
z.config({ jitless: true });

const post = (answer: ReadFileAnswer) => self.postMessage(answer);

self.onmessage = async ({ data }: MessageEvent<ReadFileMessage>) => {
  try {
    const { info, table } = await readCsv(data.file, (bytesRead) =>
      post({ type: "progress", bytesRead }),
    );
    await saveDataset(info, table);
    post({ type: "read", info });
  } catch (error) {
    post({ type: "refused", error: toErrorRecord(error) });
  }
};
