// The data set on the page: reading a file, mapping its columns, fetching rows of the table.
import {
  type DatasetChoice,
  type DatasetInfo,
  type DatasetInspection,
  datasetChoiceSchema,
  type FindingKind,
  type ReadOptions,
  readingOf,
  type SampleName,
  sampleFiles,
} from "../config/dataset.ts";
import { embeddedModels } from "../config/embedded-models.ts";
import { guessLanguage } from "../config/language-data.ts";
import { taskOf } from "../config/problem-type.ts";
import type { TrainingArguments } from "../config/training-arguments.ts";
import { StudioError, toErrorRecord } from "../lib/errors.ts";
import { setDataset, setEvaluationFile, useDatasetStore } from "../state/dataset-store.ts";
import { renewForm, setMode, useFormStore } from "../state/form-store.ts";
import { getStoredRuns } from "../state/run-store.ts";
import { goTo, useStudioStore } from "../state/studio-store.ts";
import { readDataset } from "../storage/datasets.ts";
import { readDatasetFile } from "../worker/client.ts";
import type { Link } from "./link.ts";

/** What the page can do with data sets. */
export function createDatasetControl(link: Link, loadModel: (id: string) => Promise<void>) {
  let reading = new AbortController();
  let readingEvaluation = new AbortController();
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
    try {
      const info = await readDatasetFile(file, options, progress, own.signal);
      readingEvaluation.abort(new DOMException("Another data set was chosen.", "AbortError"));
      setEvaluationFile({ phase: "none" });
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
      // The model that a new page opens with cannot write.
      const { model } = useStudioStore.getState();
      if (firstChoice(info).language !== null && model.id === embeddedModels[0].id) {
        await loadModel(embeddedModels[1].id);
      }
      await inspect();
    } catch (error) {
      if (own.signal.aborted) return;
      setDataset({ phase: "failed", name: file.name, error: toErrorRecord(error) });
    }
  };

  const readFile = async (file: File) => {
    goTo("data");
    await read(file);
  };

  const reread = async (options: ReadOptions) => {
    if (source === undefined) {
      throw new StudioError("Only the rows of this file are kept, not the file itself.", {
        hint: "Drop the file again to read it otherwise.",
      });
    }
    await read(source, options);
  };

  const readSample = async (name: SampleName) => {
    // Before the download: whoever goes on to another page meanwhile stays there.
    goTo("data");
    const file = sampleFiles[name];
    const response = await fetch(new URL(`samples/${file}`, document.baseURI));
    if (!response.ok) {
      throw new StudioError(
        `The sample could not be loaded: ${response.status} ${response.statusText}.`,
        {
          hint: "Check that the whole site was copied to the host, with its samples folder.",
        },
      );
    }
    await read(new File([await response.blob()], file));
  };

  const change = async (update: Partial<DatasetChoice>) => {
    const { dataset, evaluationFile } = useDatasetStore.getState();
    if (dataset.phase !== "ready") return;
    const choice = { ...dataset.choice, ...update };
    const missing =
      evaluationFile.phase === "ready" ? missingColumn(choice, evaluationFile.info) : null;
    if (missing !== null && evaluationFile.phase === "ready") {
      refuseEvaluation(evaluationFile.info.name, lacksColumn(evaluationFile.info, missing));
    }
    setDataset({ ...dataset, choice: missing === null ? choice : { ...choice, evaluation: null } });
    await inspect();
  };

  const readEvaluation = async (file: File) => {
    readingEvaluation.abort(new DOMException("Another file was chosen.", "AbortError"));
    const own = new AbortController();
    readingEvaluation = own;
    const { dataset: main } = useDatasetStore.getState();
    const reading = main.phase === "ready" ? (readingOf(main.info) ?? undefined) : undefined;
    const progress = (share: number) =>
      setEvaluationFile({ phase: "reading", name: file.name, share });
    progress(0);
    try {
      const info = await readDatasetFile(file, { reading }, progress, own.signal);
      const { dataset } = useDatasetStore.getState();
      if (dataset.phase !== "ready") return;
      const missing = missingColumn(dataset.choice, info);
      if (missing !== null) throw lacksColumn(info, missing);
      setEvaluationFile({ phase: "ready", info });
      await change({ evaluation: { id: info.id, name: info.name } });
    } catch (error) {
      if (own.signal.aborted) return;
      refuseEvaluation(file.name, error);
      await change({ evaluation: null });
    }
  };

  const refuseEvaluation = (name: string, error: unknown) =>
    setEvaluationFile({ phase: "failed", name, error: toErrorRecord(error) });

  const dropEvaluation = async () => {
    readingEvaluation.abort(new DOMException("No evaluation file is wanted.", "AbortError"));
    setEvaluationFile({ phase: "none" });
    await change({ evaluation: null });
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
    const { dataset: now, shownFinding } = useDatasetStore.getState();
    if (own !== newestInspection || now.phase !== "ready") return;
    useDatasetStore.setState({
      dataset: { ...now, inspection, inspecting: false },
      rows: new Map(),
      lengthFigures: null,
      // A finding that a remedy has emptied has no rows to list.
      ...(listsRows(inspection, shownFinding) ? {} : { shownFinding: null }),
    });
    const task = taskOf(inspection.choice);
    const { mode } = useFormStore.getState();
    // A language model's head is its embeddings: it is not trained alone.
    const isHead = task === "language_modeling" && mode === "head";
    setMode(isHead ? "full" : mode, inspection.trainRows, {
      problemType: task,
      hasDeepHead: model.summary.counts.head > 0,
    });
  };

  /** Takes a run's mapping and split, and its stored table where another one is open. */
  const use = async (choice: DatasetChoice) => {
    const { dataset } = useDatasetStore.getState();
    const isOpen = dataset.phase === "ready" && dataset.info.id === choice.id;
    const info = isOpen ? dataset.info : (await readDataset(choice.id)).info;
    if (!isOpen) source = undefined;
    readingEvaluation.abort(new DOMException("Another data set was chosen.", "AbortError"));
    setEvaluationFile(
      choice.evaluation === null
        ? { phase: "none" }
        : { phase: "ready", info: (await readDataset(choice.evaluation.id)).info },
    );
    setDataset({ phase: "ready", info, choice, inspection: null, inspecting: false });
    await inspect();
  };

  const fetchRows = async (start: number, count: number) => {
    const own = newestInspection;
    const { shownFinding: finding } = useDatasetStore.getState();
    const typed = Number(useFormStore.getState().draft.max_length);
    const maxLength = Number.isFinite(typed) ? typed : Number.POSITIVE_INFINITY;
    const rows = await link.request("readRows", { start, count, finding, maxLength });
    if (own !== newestInspection || useDatasetStore.getState().shownFinding !== finding) return;
    useDatasetStore.setState((state) => ({
      rows: new Map([...state.rows, ...rows.map((row, at) => [start + at, row] as const)]),
    }));
  };

  const measureLengths = async (args: TrainingArguments) => {
    const own = newestInspection;
    const lengthFigures = await link.request("measureLengths", { args });
    if (own === newestInspection) useDatasetStore.setState({ lengthFigures });
  };

  return {
    readFile,
    reread,
    readSample,
    change,
    use,
    inspect,
    fetchRows,
    readEvaluation,
    dropEvaluation,
    measureLengths,
  };
}

const listsRows = (inspection: DatasetInspection, finding: FindingKind | null) =>
  finding === null ||
  finding === "overLong" ||
  inspection.findings.some(({ kind }) => kind === finding);

/** The first column of a choice that a file lacks, or null. */
function missingColumn(choice: DatasetChoice, info: DatasetInfo): string | null {
  const { text_column, join_columns, text_pair_column, label_column, more_label_columns } = choice;
  const targets = [label_column, ...more_label_columns];
  const needed =
    choice.language === null
      ? [text_column, ...join_columns, text_pair_column, ...targets]
      : Object.values(choice.language.columns).filter((name) => name !== "");
  const names = new Set(info.columns.map(({ name }) => name));
  return needed.find((name) => name !== null && !names.has(name)) ?? null;
}

const lacksColumn = (info: DatasetInfo, column: string) =>
  new StudioError(`${info.name} has no column named ${column}.`, {
    hint: `An evaluation file needs the columns of the training file, by name. Its own are ${info.columns
      .slice(0, 10)
      .map(({ name }) => name)
      .join(", ")}.`,
  });

function firstChoice(info: DatasetInfo): DatasetChoice {
  return datasetChoiceSchema.parse({
    id: info.id,
    name: info.name,
    ...info.guess,
    language: guessLanguage(info.columns.map(({ name }) => name)),
    merge_labels: "case_and_spaces",
    skip_empty: false,
    eval_fraction: 0.2,
    split_seed: 42,
  });
}

/** A file's name without its ending: the run is named after it. */
const stem = (name: string) => name.replace(/\.[^.]*$/u, "") || name;
