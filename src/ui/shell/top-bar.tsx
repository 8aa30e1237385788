// The bar at the top: the brand, what the studio runs on, what stays here, storage and theme.
import { goTo } from "../../state/studio-store.ts";
import { en } from "../text/en.ts";
import { DeviceChip } from "./device-chip.tsx";
import { StorageMeter } from "./storage-meter.tsx";
import { ThemeSwitch } from "./theme-switch.tsx";
import styles from "./top-bar.module.css";

export function TopBar() {
  return (
    <header className={styles.bar}>
      <button
        type="button"
        className={styles.brand}
        title={en.shell.startPage}
        onClick={() => goTo("welcome")}
      >
        <span className={styles.mark} aria-hidden="true">
          <span />
          <span />
          <span />
        </span>
        <span className={styles.name}>{en.shell.brand}</span>
      </button>
      <DeviceChip />
      <span className={styles.private} title={en.shell.privateWhy}>
        {en.shell.private}
      </span>
      <span className={styles.gap} />
      <StorageMeter className={styles.storage} />
      <ThemeSwitch />
    </header>
  );
}
