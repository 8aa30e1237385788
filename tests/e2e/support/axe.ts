// What axe finds. It runs in the page itself, which gets it once: a scan then costs what its rules cost.
import { source } from "axe-core";
import type { Studio } from "./studio.ts";

/**
 * Serious and critical findings, one line each. `part` is a selector: what was scanned before need not be scanned again, and
 * of a page whose colours alone have changed only its `colours`. `where` names the state in the lines.
 */
export async function seriousFindings(
  { page }: Studio,
  where: string,
  part = "html",
  rules: "all" | "colours" = "all",
): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(source);
  const findings = await page.evaluate(scan, {
    part,
    options: {
      resultTypes: ["violations"],
      // Nothing of it is asked for again: the page has no media, and its style sheets are its own.
      preload: false,
      ...(rules === "all" ? {} : { runOnly: ["color-contrast", "link-in-text-block"] }),
    },
  });
  return findings.map((finding) => `${where}: ${finding}`);
}

/** Runs in the page. */
async function scan({ part, options }: { part: string; options: object }): Promise<string[]> {
  const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
  const { violations } = await axe.run({ include: [[part]] }, options);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target).join(" ")}`);
}
