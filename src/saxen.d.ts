// The part of the package saxen that the studio uses; it ships no types.
declare module "saxen" {
  export class Parser {
    on(
      name: "openTag",
      handle: (name: string, attributes: () => Record<string, string>) => void,
    ): this;
    on(name: "closeTag", handle: (name: string) => void): this;
    on(name: "text" | "cdata", handle: (value: string) => void): this;
    on(name: "error", handle: (error: Error) => void): this;
    write(xml: string): this;
    end(): Error | null;
  }
}
