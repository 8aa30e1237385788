// Base models on the page: the list, loading one, and taking in a dropped one.
import type { ModelOption } from "../config/model-summary.ts";
import { toErrorRecord } from "../lib/errors.ts";
import { useStudioStore } from "../state/studio-store.ts";
import { listModels } from "../storage/models.ts";
import type { Link } from "./link.ts";

/** Models that lie beside the page. */
const embedded: readonly ModelOption[] = [
  {
    id: "universal-sentence-encoder-lite",
    name: "Universal Sentence Encoder lite",
    source: "embedded",
  },
];

/** What the page can do with base models. */
export function createModelControl(link: Link) {
  const list = async () => {
    const stored = await listModels();
    const options = stored.map(({ id, name }): ModelOption => ({ id, name, source: "stored" }));
    useStudioStore.setState({ modelOptions: [...embedded, ...options] });
  };
  const load = async (id: string) => {
    useStudioStore.setState({ model: { status: "loading", id } });
    try {
      const summary = await link.request("loadModel", { id });
      useStudioStore.setState({ model: { status: "ready", id, summary } });
    } catch (error) {
      useStudioStore.setState({ model: { status: "failed", id, error: toErrorRecord(error) } });
    }
  };
  const importFiles = async (files: readonly File[]) => {
    const { model: previous } = useStudioStore.getState();
    useStudioStore.setState({ model: { status: "loading", id: files[0]?.name ?? "" } });
    const summary = await link.request("importModel", { files }).catch((error: unknown) => {
      useStudioStore.setState({ model: previous });
      throw error;
    });
    await list();
    useStudioStore.setState({ model: { status: "ready", id: summary.id, summary } });
  };
  return { list, load, importFiles };
}
