// Which arguments stand where on the form: the basic ones first, all others in groups, and what a search finds.
import { type ArgumentGroup, argumentGroups } from "../../config/argument-kinds.ts";
import {
  type ArgumentName,
  argumentNames,
  trainingArgumentFields,
} from "../../config/training-arguments.ts";

const sectionGroups = {
  length: ["length"],
  learning: ["optimizer", "schedule", "regularization"],
  scoring: ["evaluation", "stopping", "logging", "saving"],
  identity: ["seeds", "folders"],
} as const satisfies Record<string, readonly ArgumentGroup[]>;
type Section = keyof typeof sectionGroups;

const fieldOf = (name: ArgumentName) => trainingArgumentFields[name];
const namesOf = (group: ArgumentGroup, basic: boolean): ArgumentName[] =>
  argumentNames.filter((name) => fieldOf(name).group === group && fieldOf(name).basic === basic);

/** The arguments that are always shown, by heading. */
export const basicSections = (Object.keys(sectionGroups) as Section[]).map((section) => ({
  section,
  names: sectionGroups[section].flatMap((group) => namesOf(group, true)),
}));

/** All other arguments, by group; groups without any are left out. */
export const otherGroups = argumentGroups
  .map((group) => ({ group, names: namesOf(group, false) }))
  .filter(({ names }) => names.length > 0);

/** Arguments whose name, label or help holds every word that was typed. */
export function searchArguments(typed: string): ArgumentName[] {
  const parts = typed.toLowerCase().split(/\s+/u).filter(Boolean);
  return argumentNames.filter((name) => {
    const { label, help } = fieldOf(name);
    const text = `${name} ${name.replaceAll("_", " ")} ${label} ${help}`.toLowerCase();
    return parts.every((part) => text.includes(part));
  });
}
