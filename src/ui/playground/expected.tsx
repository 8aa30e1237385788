// The answer that the data holds for what is asked.
import { usePlaygroundStore } from "../../state/playground-store.ts";
import { en } from "../text/en.ts";
import styles from "./expected.module.css";

export function Expected() {
  const expected = usePlaygroundStore((state) => state.expected);
  if (expected === null) return null;
  return (
    <p className={styles.expected}>
      <span className="muted">{en.playground.expected}</span> <strong>{expected}</strong>
    </p>
  );
}
