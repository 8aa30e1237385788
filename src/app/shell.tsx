// The frame of every page: top bar, rail, the page itself, run bar. It holds no state of its own.
import { usePage } from "../state/studio-store.ts";
import { DataPage } from "../ui/dataset/data-page.tsx";
import { FilesPage } from "../ui/files/files-page.tsx";
import { HistoryPage } from "../ui/history/history-page.tsx";
import { LearnPage } from "../ui/learn/learn-page.tsx";
import { ModelPage } from "../ui/model/model-page.tsx";
import { PlaygroundPage } from "../ui/playground/playground-page.tsx";
import { ResultsPage } from "../ui/results/results-page.tsx";
import { RunBar } from "../ui/run/run-bar.tsx";
import { RunPage } from "../ui/run/run-page.tsx";
import { Banners } from "../ui/shell/banners.tsx";
import { DropAnywhere } from "../ui/shell/drop-anywhere.tsx";
import { PageBoundary } from "../ui/shell/page-boundary.tsx";
import { Rail } from "../ui/shell/rail.tsx";
import { TopBar } from "../ui/shell/top-bar.tsx";
import { UndoNotes } from "../ui/shell/undo-notes.tsx";
import { en } from "../ui/text/en.ts";
import { TrainingPage } from "../ui/training/training-page.tsx";
import { WelcomePage } from "../ui/welcome/welcome-page.tsx";
import styles from "./shell.module.css";

const pages = {
  welcome: WelcomePage,
  model: ModelPage,
  data: DataPage,
  training: TrainingPage,
  run: RunPage,
  results: ResultsPage,
  playground: PlaygroundPage,
  files: FilesPage,
  history: HistoryPage,
  learn: LearnPage,
};

export function Shell() {
  const page = usePage();
  const Page = pages[page];
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#page">
        {en.shell.skipToContent}
      </a>
      <div className={styles.top}>
        <TopBar />
      </div>
      <div className={styles.rail}>
        <Rail />
      </div>
      {/* The key starts every page at its top. */}
      <main key={page} id="page" tabIndex={-1} className={styles.page}>
        <Banners />
        <PageBoundary>
          <Page />
        </PageBoundary>
      </main>
      <div className={styles.runBar}>
        <RunBar />
      </div>
      <div className={styles.notes}>
        <UndoNotes />
      </div>
      <DropAnywhere />
    </div>
  );
}
