// What a browser lacks for the studio to work, in words. It looks and says; it locks nobody out.
import { en } from "../text/en.ts";

const words = en.shell.lacking;

/** The part of the global scope that is looked at. */
interface Scope {
  readonly isSecureContext?: boolean;
  readonly WebAssembly?: unknown;
  readonly Worker?: unknown;
  readonly indexedDB?: unknown;
  readonly navigator?: { readonly locks?: unknown };
}

/** One message for everything that is missing, or null. WebGPU is not asked for: WebAssembly stands in for it. */
export function describeLacking(scope: Scope): { message: string; hint: string } | null {
  // Locks and hashes exist in secure contexts only: naming them one by one would hide the reason.
  if (scope.isSecureContext === false) return words.insecure;
  const { webAssembly, workers, indexedDb, locks } = words.features;
  const features = [
    scope.WebAssembly === undefined && webAssembly,
    scope.Worker === undefined && workers,
    scope.indexedDB === undefined && indexedDb,
    scope.navigator?.locks === undefined && locks,
  ].filter((feature) => feature !== false);
  if (features.length === 0) return null;
  const list = new Intl.ListFormat("en").format(features);
  return { message: words.message(list), hint: words.hint };
}
