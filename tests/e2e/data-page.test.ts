// The Data page: a workbook's sheets, findings with their rows and remedies, an evaluation file, a sample.
import { expect } from "vitest";
import { workbook } from "../support/workbook.ts";
import { seriousFindings } from "./support/axe.ts";
import { csv } from "./support/files.ts";
import { test } from "./support/fixture.ts";

const things = ["printer", "invoice", "login", "refund", "screen", "cable"];
const sentence = (index: number) => `The ${things[index % 6]} of customer ${index} does not work.`;

test("a sheet is chosen, each finding lists its rows and is undone, an evaluation file is scored, and a run trains on it", async ({
  open,
}) => {
  const studio = await open();
  const { page } = studio;
  const rows = Array.from({ length: 60 }, (_, at) => [
    sentence(at),
    at % 2 === 0 ? "Ops" : "Sales",
  ]);
  const messy = [...rows, ["odd", "ops "], ["even", "SALES"], rows[0] ?? [], ["", "Ops"]];
  const file = workbook([
    { name: "About", rows: [["Tickets of 2026"]] },
    { name: "Tickets", rows: [["body", "team"], ...messy] },
    { name: "Old", rows: [["body", "team"], ...rows.slice(0, 20)] },
  ]);
  await studio.dropDataset({ name: "tickets.xlsx", mimeType: "", buffer: Buffer.from(file) });
  await page.getByText("64 rows · Excel · sheet Tickets · header on row 1").waitFor();
  await page.getByText("1 row has no text or no label (row 65).").first().waitFor();
  await studio.setArguments({ skip_empty: true, skip_duplicates: true });
  await page.getByText("1 repeats").waitFor();

  const spellings = page.locator('[data-finding="spellings"]');
  await spellings
    .getByText("“Ops” 31 · “ops ” 1")
    .or(spellings.getByText("“Ops” 30 · “ops ” 1"))
    .first()
    .waitFor();
  await spellings.getByRole("button", { name: "Show rows" }).click();
  await page.getByRole("row", { name: /even/u }).waitFor();
  expect(await page.getByRole("grid").getByRole("row").count()).toBe(3);
  await page.getByRole("button", { name: "Show all rows" }).click();
  await spellings.getByRole("button", { name: "Undo the merge" }).click();
  await page.getByText("4 classes", { exact: true }).waitFor();
  await spellings.getByRole("button", { name: "Merge them" }).click();
  await page.getByText("2 classes", { exact: true }).waitFor();

  const evaluation = page.locator('input[name="evaluation_dataset"]');
  await evaluation.setInputFiles(csv("wrong.csv", ["text,team", "a,Ops", "b,Sales"]));
  await page.getByText("wrong.csv was refused. wrong.csv has no column named body.").waitFor();
  const held = Array.from(
    { length: 12 },
    (_, at) => `${at % 2 === 0 ? "ops" : "Sales"},"new ${sentence(at)}"`,
  );
  await evaluation.setInputFiles(csv("next-week.csv", ["team,body", ...held, "Law,one more"]));
  await page
    .getByText(/1 row of next-week.csv has a label that no training row has: Law/u)
    .first()
    .waitFor();
  await studio.setArguments({ skip_unknown_labels: true, class_weight: true });
  await page.getByText(/12 are held out: those of next-week.csv/u).waitFor();
  await studio.goTo("Training");
  await studio.setArguments({ num_train_epochs: "2", max_length: "16" });
  await studio.press("Start training");
  expect(await studio.waitForPhase("completed", "failed")).toBe("completed");
  await studio.goTo("Results");
  await page.getByRole("heading", { name: /of 12 held-out rows are right/u }).waitFor();

  await studio.goTo("Data");
  await page.locator('select[name="sheet"]').selectOption("Old");
  await page.getByText("20 rows · Excel · sheet Old").waitFor();
  await studio.waitForData();
  expect(await seriousFindings(studio, "data with findings", "main")).toEqual([]);

  await page.locator('select[name="sample"]').selectOption({ label: "Which language is it" });
  await page.getByRole("heading", { name: "languages.csv" }).waitFor();
  await page.getByText("13 classes", { exact: true }).waitFor();
});
