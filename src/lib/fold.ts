// Folds over lists that only become longer, such as the log rows of a run: what was added before is not added again.

interface Fold<Item, State> {
  readonly done: number;
  readonly last: Item | undefined;
  readonly state: State;
}

/**
 * A function that folds a list into a state. A list that begins with all items of the last one of its kind goes on from
 * there, so that a long run costs what is new of it. `begin` makes an empty state; `add` changes the state in place.
 */
export function createFold<Item extends object, State>(
  begin: () => State,
  add: (state: State, item: Item, index: number, items: readonly Item[]) => void,
): (items: readonly Item[]) => State {
  // By its first item: the items of a list are its own, and its copies share them.
  const folds = new WeakMap<Item, Fold<Item, State>>();
  return (items) => {
    const first = items[0];
    if (first === undefined) return begin();
    const known = folds.get(first);
    const goesOn = known !== undefined && items[known.done - 1] === known.last;
    const state = goesOn ? known.state : begin();
    for (let index = goesOn ? known.done : 0; index < items.length; index += 1) {
      add(state, items[index] as Item, index, items);
    }
    folds.set(first, { done: items.length, last: items.at(-1), state });
    return state;
  };
}
