// Registers the service worker: the next visit works offline, and the page is isolated where the host does not see to it.
import { useDatasetStore } from "../state/dataset-store.ts";
import { getLiveRun } from "../state/run-store.ts";

const file = new URL("service-worker.js", document.baseURI).href;

// Trusted Types let a service worker start only from a URL that a policy has allowed.
const policy = globalThis.trustedTypes?.createPolicy("studio-service-worker", {
  createScriptURL(url: string): string {
    if (url === file) return url;
    throw new TypeError(`${url} is not the service worker of this studio.`);
  },
});

const reloadedKey = "studio-reloaded-for-isolation";

/** Starts it in the built site; elsewhere, and in a browser without service workers, it does nothing. */
export async function startOffline(): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  const url = policy === undefined ? file : policy.createScriptURL(file);
  await serviceWorker.register(url as string);
  const { active } = await serviceWorker.ready;
  if (mayReload()) {
    // Only a page that was loaded through the service worker gets its headers.
    sessionStorage.setItem(reloadedKey, "yes");
    location.reload();
    return;
  }
  active?.postMessage("keep the whole site");
}

/** Once a visit, and only while nothing was begun that a reload would disturb. */
function mayReload(): boolean {
  if (globalThis.crossOriginIsolated || sessionStorage.getItem(reloadedKey) !== null) return false;
  return getLiveRun() === null && useDatasetStore.getState().dataset.phase === "none";
}
