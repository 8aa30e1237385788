// Which evaluation is the best so far, as the Trainer decides it.

/** The best value of the metric and the step it was measured at. */
export interface Best {
  readonly metric: number;
  readonly step: number;
}

/** The better of the best so far and a new value: strictly better wins, ties keep the earlier, NaN never wins. */
export function betterOf(best: Best | null, next: Best, greaterIsBetter: boolean): Best | null {
  if (Number.isNaN(next.metric)) return best;
  if (best === null) return next;
  const wins = greaterIsBetter ? next.metric > best.metric : next.metric < best.metric;
  return wins ? next : best;
}
