// Joins class names of CSS Modules.

/** The names that are there, joined by spaces. */
export function classNames(...names: readonly (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
