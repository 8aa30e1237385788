// How much of the granted storage is used. Nothing where the browser does not tell.

import { formatBytes } from "../../lib/format.ts";
import { useStorage } from "../../state/studio-store.ts";
import { classNames } from "../parts/class-names.ts";
import { Meter } from "../parts/meter.tsx";
import { en } from "../text/en.ts";
import styles from "./storage-meter.module.css";

/** From this share on the meter is amber: a checkpoint may not fit any more. */
const nearlyFull = 0.85;

export function StorageMeter({ className }: { readonly className?: string | undefined }) {
  const storage = useStorage();
  if (storage === null || storage.quota === 0) return null;
  const share = storage.usage / storage.quota;
  const used = formatBytes(storage.usage);
  return (
    <span
      className={classNames(styles.storage, className)}
      title={en.shell.storageUse(used, formatBytes(storage.quota))}
    >
      {en.shell.storage}
      <Meter
        // The smallest use still shows as a sliver.
        share={storage.usage > 0 ? Math.max(share, 0.02) : 0}
        tone={share > nearlyFull ? "warn" : "muted"}
        className={styles.meter}
      />
      <span className="num">{used}</span>
    </span>
  );
}
