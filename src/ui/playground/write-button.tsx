// The button that begins to write, and while something is written the one that stops it.
import { Square } from "lucide-react";
import { actions } from "../../state/actions.ts";
import { usePlaygroundStore } from "../../state/playground-store.ts";
import { Button } from "../parts/button.tsx";
import { en } from "../text/en.ts";
import styles from "./write-button.module.css";

interface WriteButtonProps {
  readonly label: string;
  readonly disabled: boolean;
  readonly onClick: () => void;
}

export function WriteButton({ label, disabled, onClick }: WriteButtonProps) {
  const busy = usePlaygroundStore((state) => state.busy);
  return (
    <div className={styles.row}>
      {busy === null ? (
        <Button variant="primary" disabled={disabled} onClick={onClick}>
          {label}
        </Button>
      ) : (
        <Button onClick={() => actions().stopGeneration()}>
          <Square aria-hidden="true" /> {en.playground.stop}
        </Button>
      )}
    </div>
  );
}
