// What is stored, as folders of files: output_dir and logging_dir of each run, data sets, added models.
import { FolderOpen } from "lucide-react";
import { useEffect, useState } from "react";
import { type ErrorRecord, toErrorRecord } from "../../lib/errors.ts";
import { formatBytes } from "../../lib/format.ts";
import { actions } from "../../state/actions.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { EmptyState } from "../parts/empty-state.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { Loading } from "../parts/loading.tsx";
import { en } from "../text/en.ts";
import { EraseCard } from "./erase-card.tsx";
import { countFiles, type FileNode, fileTree, findNode } from "./file-tree.ts";
import { FileView } from "./file-view.tsx";
import styles from "./files-page.module.css";
import { FolderTree } from "./folder-tree.tsx";
import { MirrorCard } from "./mirror-card.tsx";

const words = en.files;

export function FilesPage() {
  const { tree, error, read } = useTree();
  const [chosen, setChosen] = useState<string | null>(null);
  if (error !== null) return <ErrorNote error={error} />;
  if (tree === null) return <Loading title={words.loading} />;
  const bytes = tree.reduce((sum, node) => sum + node.bytes, 0);
  const files = tree.reduce((sum, node) => sum + countFiles(node), 0);
  const node = chosen === null ? undefined : findNode(tree, chosen);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.title}>
          <h1>{words.title}</h1>
          {files === 0 ? null : (
            <p className="muted small">{words.total(files, formatBytes(bytes))}</p>
          )}
        </div>
        <Button onClick={read}>{words.refresh}</Button>
      </header>
      {files === 0 ? (
        <EmptyState icon={<FolderOpen aria-hidden="true" />} title={words.none}>
          {words.noneWords}
        </EmptyState>
      ) : (
        <div className={styles.columns}>
          <Card className={styles.tree}>
            <FolderTree tree={tree} chosen={chosen} onChoose={setChosen} />
          </Card>
          <FileView key={node?.path} node={node} />
        </div>
      )}
      <MirrorCard />
      <EraseCard bytes={bytes} />
    </div>
  );
}

/** The stored files, read when the page opens and when `read` is called. */
function useTree() {
  const [tree, setTree] = useState<readonly FileNode[] | null>(null);
  const [error, setError] = useState<ErrorRecord | null>(null);
  const read = () => {
    actions()
      .listFiles()
      .then((files) => setTree(fileTree(files)))
      .catch((caught: unknown) => setError(toErrorRecord(caught)));
  };
  useEffect(read, []);
  return { tree, error, read };
}
