// Leaves copies out of a recorded step: a piece of scratch memory that is computed and then copied to an outside tensor is computed
// in that tensor's place. So gradients lie once.
import { bindingAlignment } from "../gpu/gpu-backend.ts";
import { type Command, type Range, rangesOf, UniformBytes } from "./commands.ts";
import { Scratch } from "./scratch.ts";

/** The commands without the copies that need not be. */
export function elideCopies(commands: readonly Command[]): Command[] {
  const touching = new Map<Scratch, number[]>();
  commands.forEach((command, index) => {
    for (const { buffer } of rangesOf(command)) {
      if (!(buffer instanceof Scratch)) continue;
      const known = touching.get(buffer);
      if (known === undefined) touching.set(buffer, [index]);
      else if (known.at(-1) !== index) known.push(index);
    }
  });
  const moved = new Map<Scratch, Range>();
  const gone = new Set<number>();
  commands.forEach((command, index) => {
    if (!("copy" in command)) return;
    const { from, to } = command.copy;
    const scratch = from.buffer;
    if (!(scratch instanceof Scratch) || to.buffer instanceof Scratch || moved.has(scratch)) return;
    if (from.offset !== 0 || from.size !== scratch.size || to.offset % bindingAlignment !== 0)
      return;
    const uses = (touching.get(scratch) ?? []).filter((use) => use !== index);
    const first = uses[0] ?? index;
    const isFree =
      uses.every((use) => use < index || !isWritten(commands[use], scratch)) &&
      commands.every((other, at) => at < first || at === index || !overlaps(other, to, moved)) &&
      uses.every((use) => canBind(commands[use] as Command, scratch, to.buffer, moved));
    if (!isFree) return;
    moved.set(scratch, to);
    gone.add(index);
  });
  return commands.filter((_, index) => !gone.has(index)).map((command) => move(command, moved));
}

function isWritten(command: Command | undefined, scratch: Scratch): boolean {
  if (command === undefined) return false;
  return rangesOf(command).some((range) => range.buffer === scratch && range.isWritten);
}

/** Whether a command touches a range, also by scratch memory that was moved there. */
function overlaps(command: Command, { buffer, offset, size }: Range, moved: Moves): boolean {
  return rangesOf(command).some((range) => {
    const place = placeOf(range, moved);
    return (
      place.buffer === buffer && place.offset < offset + size && offset < place.offset + place.size
    );
  });
}

/** A dispatch may read a buffer or write to it, and a copy goes from one buffer to another. */
function canBind(command: Command, scratch: Scratch, target: Range["buffer"], moved: Moves) {
  const ranges = rangesOf(command);
  const inTarget = ranges.filter(
    (range) => range.buffer === scratch || placeOf(range, moved).buffer === target,
  );
  if ("copy" in command) return inTarget.length < 2;
  return new Set(inTarget.map((range) => range.isWritten)).size < 2;
}

type Moves = ReadonlyMap<Scratch, Range>;

function placeOf<Kind extends Range>(range: Kind, moved: Moves): Kind {
  const target = range.buffer instanceof Scratch ? moved.get(range.buffer) : undefined;
  if (target === undefined) return range;
  return { ...range, buffer: target.buffer, offset: target.offset + range.offset };
}

function move(command: Command, moved: Moves): Command {
  if ("clear" in command) return { ...command, clear: placeOf(command.clear, moved) };
  if ("copy" in command) {
    const { from, to } = command.copy;
    return { ...command, copy: { from: placeOf(from, moved), to: placeOf(to, moved) } };
  }
  return {
    ...command,
    bindings: command.bindings.map((binding) => {
      const { buffer } = binding;
      if (buffer instanceof UniformBytes) return binding;
      return {
        ...binding,
        ...placeOf({ buffer, offset: binding.offset, size: binding.size }, moved),
      };
    }),
  };
}
