// What axe finds. It runs in the page itself: the package's usual way opens a page of its own for each scan.
import AxeBuilder from "@axe-core/playwright";
import type { Studio } from "./studio.ts";

/**
 * Serious and critical findings, one line each. `part` is a selector: what was scanned before need not be scanned again.
 * `where` names the state in the lines.
 */
export async function seriousFindings(
  { page }: Studio,
  where: string,
  part = "body",
): Promise<string[]> {
  const builder = new AxeBuilder({ page: page as never })
    .setLegacyMode(true)
    .include(part)
    .options({ resultTypes: ["violations"] });
  const { violations } = await builder.analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${where}: ${id} at ${nodes.map(({ target }) => target).join(" ")}`);
}
