// Takes a model from the user's disk: a checkpoint zip, or the files of a folder.
import { actions } from "../../state/actions.ts";
import { Card } from "../parts/card.tsx";
import { DropZone } from "../parts/drop-zone.tsx";
import { en } from "../text/en.ts";
import styles from "./add-model.module.css";

const words = en.model;

export function AddModel() {
  return (
    <Card title={words.add}>
      <DropZone
        name="model"
        accept=".zip,.json,.safetensors"
        multiple
        size="small"
        onFiles={(files) => actions().importModel(files)}
        title={words.addDrop}
      >
        {words.addOr} <u>{words.addChoose}</u>
      </DropZone>
      <p className={styles.help}>{words.addHelp}</p>
    </Card>
  );
}
