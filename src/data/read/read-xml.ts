// Streams an XML part of a spreadsheet through a parser that knows no entities but XML's own, so nothing can expand.
import { Parser } from "saxen";
import { StudioError } from "../../lib/errors.ts";
import { limits, tooLongCell } from "./limits.ts";

export interface XmlHandlers {
  /** Names come without their namespace prefix, attributes as they stand. */
  open(name: string, attributes: () => Readonly<Record<string, string>>): void;
  close?(name: string): void;
  /** May come in several pieces; entities are resolved. */
  text?(value: string): void;
}

const slice = 1024 * 1024;

/** Reads a part from its bytes. `where` names file and part. Throws a StudioError for what is no XML. */
export function readXml(bytes: Uint8Array, where: string, handlers: XmlHandlers): void {
  let waiting = 0;
  const parser = new Parser()
    .on("openTag", (name, attributes) => {
      waiting = 0;
      handlers.open(local(name), attributes);
    })
    .on("closeTag", (name) => {
      waiting = 0;
      handlers.close?.(local(name));
    })
    .on("text", (value) => handlers.text?.(decodeEntities(value)))
    .on("cdata", (value) => handlers.text?.(value))
    .on("error", (cause) => {
      if (cause instanceof StudioError) throw cause;
      throw new StudioError(`${where} is damaged: ${cause.message}.`, {
        hint: "Open it in Excel and save it again, or export the sheet as CSV.",
        cause,
      });
    });
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; at += slice) {
    const text = decoder.decode(bytes.subarray(at, at + slice), { stream: true });
    // The parser holds a token until it is whole: one that never ends would be read over and over.
    waiting += text.length;
    if (waiting > limits.cell * 8 + slice) throw tooLongCell(limits.cell, where, true);
    parser.write(text);
  }
  parser.end();
}

const local = (name: string) => name.slice(name.indexOf(":") + 1);

const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** XML's five entities and numbered characters; the parser's own decoder cuts characters beyond U+FFFF. */
export function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/giu,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return named[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? "", 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
