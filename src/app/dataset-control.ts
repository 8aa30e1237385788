// The data set on the page: reading a file, mapping its columns, fetching rows of the table.
import {
  type DatasetChoice,
  type DatasetInfo,
  datasetChoiceSchema,
  type ReadOptions,
  type SampleName,
} from "../config/dataset.ts";
import { StudioError, toErrorRecord } from "../lib/errors.ts";
import { setDataset, useDatasetStore } from "../state/dataset-store.ts";
import { renewForm, setMode, useFormStore } from "../state/form-store.ts";
import { getStoredRuns } from "../state/run-store.ts";
import { goTo, useStudioStore } from "../state/studio-store.ts";
import { readDataset } from "../storage/datasets.ts";
import { readDatasetFile } from "../worker/client.ts";
import type { Link } from "./link.ts";

/** What the page can do with data sets. */
export function createDatasetControl(link: Link) {
  let reading = new AbortController();
  let newestInspection = 0;
  let source: File | undefined;

  const read = async (file: File, options: ReadOptions = {}) => {
    source = file;
    reading.abort(new DOMException("Another file was chosen.", "AbortError"));
    const own = new AbortController();
    reading = own;
    const progress = (share: number) =>
      setDataset({ phase: "reading", name: file.name, bytes: file.size, share });
    progress(0);
    goTo("data");
    try {
      const info = await readDatasetFile(file, options, progress, own.signal);
      setDataset({
        phase: "ready",
        info,
        choice: firstChoice(info),
        inspection: null,
        inspecting: false,
      });
      renewForm(
        stem(info.name),
        getStoredRuns().map(({ record }) => record),
      );
      await inspect();
    } catch (error) {
      if (own.signal.aborted) return;
      setDataset({ phase: "failed", name: file.name, error: toErrorRecord(error) });
    }
  };

  const reread = async (options: ReadOptions) => {
    if (source !== undefined) await read(source, options);
  };

  const readSample = async (name: SampleName) => {
    const response = await fetch(new URL(`samples/${name}.csv`, document.baseURI));
    if (!response.ok) {
      throw new StudioError(
        `The sample could not be loaded: ${response.status} ${response.statusText}.`,
        {
          hint: "Check that the whole site was copied to the host, with its samples folder.",
        },
      );
    }
    await read(new File([await response.blob()], `${name}.csv`, { type: "text/csv" }));
  };

  const change = async (update: Partial<DatasetChoice>) => {
    const { dataset } = useDatasetStore.getState();
    if (dataset.phase !== "ready") return;
    setDataset({ ...dataset, choice: { ...dataset.choice, ...update } });
    await inspect();
  };

  /** Inspects the chosen mapping; an answer that a newer change has overtaken is dropped. */
  const inspect = async () => {
    const { dataset } = useDatasetStore.getState();
    const { model } = useStudioStore.getState();
    if (dataset.phase !== "ready" || model.status !== "ready") return;
    newestInspection += 1;
    const own = newestInspection;
    setDataset({ ...dataset, inspecting: true });
    const maxLength = model.summary.maxLength;
    const asked = { choice: dataset.choice, modelId: model.id, maxLength };
    const inspection = await link.request("inspectDataset", asked).finally(() => {
      const { dataset: now } = useDatasetStore.getState();
      if (own === newestInspection && now.phase === "ready")
        setDataset({ ...now, inspecting: false });
    });
    const { dataset: now } = useDatasetStore.getState();
    if (own !== newestInspection || now.phase !== "ready") return;
    useDatasetStore.setState({
      dataset: { ...now, inspection, inspecting: false },
      rows: new Map(),
    });
    setMode(useFormStore.getState().mode, inspection.trainRows);
  };

  /** Takes a run's mapping and split, and its stored table where another one is open. */
  const use = async (choice: DatasetChoice) => {
    const { dataset } = useDatasetStore.getState();
    const isOpen = dataset.phase === "ready" && dataset.info.id === choice.id;
    const info = isOpen ? dataset.info : (await readDataset(choice.id)).info;
    setDataset({ phase: "ready", info, choice, inspection: null, inspecting: false });
    await inspect();
  };

  const fetchRows = async (start: number, count: number) => {
    const own = newestInspection;
    const rows = await link.request("readRows", { start, count });
    if (own !== newestInspection) return;
    useDatasetStore.setState((state) => ({
      rows: new Map([...state.rows, ...rows.map((row) => [row.row, row] as const)]),
    }));
  };

  return { read, reread, readSample, change, use, inspect, fetchRows };
}

function firstChoice(info: DatasetInfo): DatasetChoice {
  return datasetChoiceSchema.parse({
    id: info.id,
    name: info.name,
    ...info.guess,
    merge_labels: "case_and_spaces",
    skip_empty: false,
    eval_fraction: 0.2,
    split_seed: 42,
  });
}

/** A file's name without its ending: the run is named after it. */
const stem = (name: string) => name.replace(/\.[^.]*$/u, "") || name;
