// A chart as a file: its values as CSV, its picture as SVG.
import type { Curve } from "./curve.ts";

/**
 * All values of the curves, one line a place, one column a curve; a curve without a value there leaves its cell empty.
 * Planned parts are not values and stay out. `place` heads the first column.
 */
export function curvesToCsv(curves: readonly Curve[], place: string): string {
  const told = curves.filter(({ look }) => look !== "planned");
  const byPlace = new Map<number, (number | undefined)[]>();
  told.forEach(({ series: { xs, ys } }, column) => {
    xs.forEach((x, index) => {
      const cells = byPlace.get(x) ?? [];
      cells[column] = ys[index];
      byPlace.set(x, cells);
    });
  });
  const lines = [...byPlace]
    .sort(([a], [b]) => a - b)
    .map(([x, cells]) => [x, ...told.map((_, column) => cells[column] ?? "")].join(","));
  const head = [place, ...told.map(columnName)].map(quote).join(",");
  return `${[head, ...lines].join("\r\n")}\r\n`;
}

const columnName = ({ name, look }: Curve) => (look === "faint" ? `${name} (raw)` : name);

/** RFC 4180, and no spreadsheet takes a name for a formula. */
function quote(text: string): string {
  const safe = /^[\s\u00a0]*[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Properties that the page's style sheets give a drawing: a file must carry them itself. */
const carried = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "paint-order",
  "font-family",
  "font-size",
  "text-anchor",
] as const;

/** The picture with every colour and font written into it, on the page's own background. */
export function svgOf(drawing: SVGSVGElement, title: string): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const originals = [drawing, ...drawing.querySelectorAll("*")];
  const copies = [copy, ...copy.querySelectorAll("*")];
  copies.forEach((element, index) => {
    const original = originals[index];
    if (original === undefined) return;
    const style = getComputedStyle(original);
    for (const name of carried) element.setAttribute(name, style.getPropertyValue(name));
    element.removeAttribute("class");
    element.removeAttribute("style");
    element.removeAttribute("tabindex");
  });
  const { width, height } = drawing.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(Math.round(width)));
  copy.setAttribute("height", String(Math.round(height)));
  const name = element("title");
  name.textContent = title;
  const ground = element("rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
  copy.prepend(name, ground);
  return new XMLSerializer().serializeToString(copy);
}

const element = (name: string) => document.createElementNS("http://www.w3.org/2000/svg", name);
