// The Hugging Face Hub on the page: looking a model up, downloading it, the address. The network and the storage are the worker's.
import {
  defaultHubUrl,
  type HubReference,
  type HubSource,
  parseHubReference,
  readHubUrl,
} from "../config/hub.ts";
import { StudioError, toErrorRecord } from "../lib/errors.ts";
import { type FoundModel, type HubVisit, useHubStore } from "../state/hub-store.ts";
import { deleteDownload, listDownloads } from "../storage/downloads.ts";
import { downloadFromHub, findOnHub, type HubDownload } from "../worker/client.ts";
import type { Link } from "./link.ts";

const addressKey = "finetune-studio-hub";

interface HubParts {
  readonly link: Link;
  /** Resolves once the training worker can be asked. */
  whenStarted(): Promise<void>;
  /** A model was stored under this id. */
  onStored(id: string): Promise<void>;
  onStorageChange(): Promise<void>;
}

/** What the page can do with the Hub. */
export function createHubControl({ link, whenStarted, onStored, onStorageChange }: HubParts) {
  let finding = new AbortController();
  let download: HubDownload | undefined;

  const setVisit = (visit: HubVisit) => useHubStore.setState({ visit });
  const connection = () => {
    const { hubUrl, token } = useHubStore.getState();
    if (token !== "" && !/^hf_\w+$/u.test(token)) {
      throw new StudioError("This is no token of the Hub.", {
        hint: "A token begins with hf_. Copy it whole, or empty the field: public models need none.",
      });
    }
    return { hubUrl, token: token === "" ? null : token };
  };
  const refreshKept = async () => useHubStore.setState({ kept: await listDownloads() });

  /** Finds a model and asks the training worker whether it can be read. Throws where it cannot. */
  const find = async (reference: HubReference, signal: AbortSignal): Promise<FoundModel> => {
    const model = await findOnHub(reference, connection(), signal);
    await whenStarted();
    const outline = await link.request("describeConfig", { config: model.config });
    return { model, outline };
  };

  const visitHub = async (typed: string, revision: string, name = typed.trim()) => {
    if (useHubStore.getState().visit.phase === "downloading") return undefined;
    finding.abort(new DOMException("Another model is looked up.", "AbortError"));
    finding = new AbortController();
    const { signal } = finding;
    setVisit({ phase: "finding", name });
    try {
      const found = await find(parseHubReference(typed, revision), signal);
      if (!signal.aborted) setVisit({ phase: "found", found });
      return signal.aborted ? undefined : found;
    } catch (error) {
      if (signal.aborted) return undefined;
      setVisit({ phase: "failed", name, error: toErrorRecord(error), found: null });
      return undefined;
    }
  };

  const fetchModel = async (found: FoundModel) => {
    if (download !== undefined) return;
    const name = found.model.source.repo_id;
    const speed = createSpeedometer();
    let isStopping = false;
    const show = (bytes: number) =>
      setVisit({ phase: "downloading", found, bytes, rate: speed(bytes), isStopping });
    show(found.model.kept);
    let last = found.model.kept;
    try {
      const running = downloadFromHub(found.model, connection(), (bytes) => {
        last = bytes;
        show(bytes);
      });
      download = {
        done: running.done,
        stop: () => {
          isStopping = true;
          show(last);
          running.stop();
        },
      };
      const id = await running.done;
      if (id === null) {
        setVisit({ phase: "found", found: { ...found, model: { ...found.model, kept: last } } });
        return;
      }
      await onStored(id);
      setVisit({ phase: "stored", name, id });
    } catch (error) {
      const resumable = { ...found, model: { ...found.model, kept: last } };
      setVisit({ phase: "failed", name, error: toErrorRecord(error), found: resumable });
    } finally {
      download = undefined;
      await Promise.all([refreshKept(), onStorageChange()]);
    }
  };

  return {
    find: (typed: string, revision: string) => visitHub(typed, revision),
    cancelFind() {
      finding.abort(new DOMException("Cancelled.", "AbortError"));
      setVisit({ phase: "none" });
    },
    /** Downloads what was found, or goes on with what failed. */
    async download() {
      const { visit } = useHubStore.getState();
      if (visit.phase !== "found" && visit.phase !== "failed") return;
      if (visit.found !== null) await fetchModel(visit.found);
    },
    stop: () => download?.stop(),
    /** Goes on with a download that an earlier visit left. */
    async resume(source: HubSource) {
      const found = await visitHub(source.repo_id, source.commit, source.repo_id);
      if (found === undefined) return;
      // The record keeps the branch or tag that was asked for at first.
      await fetchModel({ ...found, model: { ...found.model, source } });
    },
    async forget(source: HubSource) {
      await deleteDownload(source);
      await Promise.all([refreshKept(), onStorageChange()]);
    },
    /** Takes another address and keeps it. @throws StudioError where the page may not speak to it. */
    setUrl(typed: string) {
      const hubUrl = typed.trim() === "" ? defaultHubUrl : readHubUrl(typed, document.baseURI);
      useHubStore.setState({ hubUrl });
      try {
        localStorage.setItem(addressKey, hubUrl);
      } catch {
        // Storage is switched off: the address holds until the page is left.
      }
    },
    /** Reads the kept address and the interrupted downloads. Called once. */
    async restore() {
      useHubStore.setState({ hubUrl: readKeptUrl() });
      await refreshKept();
    },
  };
}

/** The kept address; the Hub's own where there is none or where the page may not speak to it any more. */
function readKeptUrl(): string {
  try {
    const kept = localStorage.getItem(addressKey);
    return kept === null ? defaultHubUrl : readHubUrl(kept, document.baseURI);
  } catch {
    return defaultHubUrl;
  }
}

/** Bytes a second over the last seconds; null in the first one. */
function createSpeedometer(now = () => performance.now()) {
  const span = 4_000;
  let marks: { at: number; bytes: number }[] = [];
  return (bytes: number): number | null => {
    const at = now();
    marks = [...marks.filter((mark) => at - mark.at < span), { at, bytes }];
    const [first] = marks;
    if (first === undefined || at - first.at < 800) return null;
    return ((bytes - first.bytes) / (at - first.at)) * 1000;
  };
}
