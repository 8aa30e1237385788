// A dropped folder holds several checkpoints: one of them is taken.
import { actions } from "../../state/actions.ts";
import { useFoundFolders } from "../../state/studio-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import styles from "./which-checkpoint.module.css";

const words = en.model.which;

export function WhichCheckpoint() {
  const folders = useFoundFolders();
  const [first] = folders;
  if (first === undefined) return null;
  const whole = first.path.split("/")[0] ?? "";
  return (
    <Card title={words.title(whole, folders.length)} className={styles.card}>
      <p className={styles.help}>{words.help}</p>
      <div className={styles.folders}>
        {folders.map((folder) => (
          <Button key={folder.path} onClick={() => actions().importFoundFolder(folder)}>
            {folder.path.slice(folder.path.lastIndexOf("/") + 1)}
          </Button>
        ))}
        <Button variant="quiet" onClick={() => actions().forgetFoundFolders()}>
          {words.none}
        </Button>
      </div>
    </Card>
  );
}
