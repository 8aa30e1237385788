// What axe finds. It runs in the page itself: the package's usual way opens a page of its own for each scan.
import AxeBuilder from "@axe-core/playwright";
import type { Studio } from "./studio.ts";

/**
 * Serious and critical findings, one line each. `part` is a selector: what was scanned before need not be scanned again, and
 * of a page whose colours alone have changed only its `colours`. `where` names the state in the lines.
 */
export async function seriousFindings(
  { page }: Studio,
  where: string,
  part = "body",
  rules: "all" | "colours" = "all",
): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: page as never })
    .setLegacyMode(true)
    .include(part)
    .options({
      resultTypes: ["violations"],
      ...(rules === "all" ? {} : { runOnly: ["color-contrast", "link-in-text-block"] }),
    })
    .analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${where}: ${id} at ${nodes.map(({ target }) => target).join(" ")}`);
}
