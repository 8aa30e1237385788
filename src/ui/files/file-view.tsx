// One file or folder: what is in it, and its download.
import { Download } from "lucide-react";
import { useEffect, useState } from "react";
import type { FilePreview } from "../../formats/preview.ts";
import { type ErrorRecord, toErrorRecord } from "../../lib/errors.ts";
import { formatBytes, formatCount } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { Loading } from "../parts/loading.tsx";
import { en } from "../text/en.ts";
import { countFiles, type FileNode } from "./file-tree.ts";
import styles from "./file-view.module.css";

const words = en.files;

export function FileView({ node }: { readonly node: FileNode | undefined }) {
  if (node === undefined) {
    return (
      <Card>
        <p className={styles.hint}>{words.choose}</p>
      </Card>
    );
  }
  const isFolder = node.children !== null;
  const { downloadFile, downloadFolder } = actions();
  return (
    <Card
      title={<span className={styles.path}>{node.path}</span>}
      aside={
        <>
          <span className="num">{formatBytes(node.bytes)}</span>
          <Button
            size="small"
            onClick={() => (isFolder ? downloadFolder(node.path) : downloadFile(node.path))}
          >
            <Download aria-hidden="true" />
            {isFolder ? words.downloadAll : words.download}
          </Button>
        </>
      }
    >
      {isFolder ? (
        <p className={styles.hint}>{words.folderWords(countFiles(node))}</p>
      ) : (
        <Preview path={node.path} />
      )}
    </Card>
  );
}

function Preview({ path }: { readonly path: string }) {
  const [preview, setPreview] = useState<FilePreview | null>(null);
  const [error, setError] = useState<ErrorRecord | null>(null);
  useEffect(() => {
    let isShown = true;
    actions()
      .previewFile(path)
      .then((made) => isShown && setPreview(made))
      .catch((caught: unknown) => isShown && setError(toErrorRecord(caught)));
    return () => {
      isShown = false;
    };
  }, [path]);
  if (error !== null) return <ErrorNote error={error} />;
  if (preview === null) return <Loading title={words.loading} />;
  switch (preview.kind) {
    case "text":
      return (
        <>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a long text scrolls, also by key. */}
          <pre className={styles.text} tabIndex={0}>
            {preview.text}
          </pre>
          {preview.isCut ? <p className={styles.hint}>{words.isCut(preview.text.length)}</p> : null}
        </>
      );
    case "tensors":
      return <Tensors preview={preview} />;
    case "binary":
      return (
        <p className={styles.hint}>
          {path.includes(".tfevents.") ? words.tensorboard : words.binary}
        </p>
      );
    default:
      return preview satisfies never;
  }
}

function Tensors({ preview }: { readonly preview: FilePreview & { readonly kind: "tensors" } }) {
  const { tensorColumns: columns } = words;
  return (
    <>
      <p className={styles.hint}>
        {words.tensors(preview.tensors.length)}
        {preview.metadata.map(([key, value]) => ` · ${key} ${value}`)}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard. */}
      <section className={styles.tensors} tabIndex={0} aria-label={columns.name}>
        <table>
          <thead>
            <tr>
              <th scope="col">{columns.name}</th>
              <th scope="col">{columns.dtype}</th>
              <th scope="col">{columns.shape}</th>
              <th scope="col">{columns.bytes}</th>
            </tr>
          </thead>
          <tbody>
            {preview.tensors.map(({ name, dtype, shape, bytes }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{dtype}</td>
                <td>{shape.length === 0 ? words.scalar : shape.map(formatCount).join(" × ")}</td>
                <td>{formatBytes(bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
