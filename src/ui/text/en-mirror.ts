// Words of mirroring runs to a real folder. Merged into the catalogue as `mirror`.

export const enMirror = {
  title: "Mirror to a folder",
  words:
    "Writes every run's output_dir and logging_dir into a folder of this computer while it trains, and deletes there what save_total_limit deletes. The copy in the browser stays.",
  choose: "Choose a folder",
  chosen: (folder: string) => `Runs are mirrored to ${folder}.`,
  asks: (folder: string) =>
    `The browser must be asked again before the studio may write into ${folder}.`,
  allow: "Allow",
  other: "Another folder",
  stop: "Stop mirroring",
  toFiles: "To the folder",
  events: {
    started: (folder: string) => `Mirrored to the folder ${folder}.`,
  },
};
