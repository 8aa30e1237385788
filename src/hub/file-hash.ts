// The Hub's own hash of a file, computed as its parts arrive: SHA-256 of large files, git's SHA-1 of small ones.
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { HubFile } from "../config/hub.ts";
import { StudioError } from "../lib/errors.ts";

// The platform's own digest takes a whole file at once: of two gigabytes that is more than a tab should hold.
export interface FileHash {
  update(bytes: Uint8Array): void;
  /** @throws StudioError with both hashes where the content is not the Hub's. */
  refuseOther(): void;
}

/** Starts the hash of one file. */
export function createFileHash({ path, size, hash: { algorithm, digest } }: HubFile): FileHash {
  const state = algorithm === "sha256" ? sha256.create() : sha1.create();
  // git hashes a blob with its kind and size before it.
  if (algorithm === "git-sha1") state.update(new TextEncoder().encode(`blob ${size}\0`));
  return {
    update: (bytes) => state.update(bytes),
    refuseOther() {
      const found = bytesToHex(state.digest());
      if (found === digest.toLowerCase()) return;
      const name = algorithm === "sha256" ? "SHA-256" : "git hash";
      throw new StudioError(
        `${path} arrived damaged: its ${name} is ${found.slice(0, 12)}…, and the Hub says ${digest.slice(0, 12)}….`,
        {
          hint: "What arrived of this file was thrown away. Download again. If it happens again, something between the Hub and this browser changes files.",
        },
      );
    },
  };
}
