// Coverage: when only the surest answers are given, which share of the rows is answered, and how many of those rightly.

/** One answer: how sure, and whether it was right. */
export interface Answer {
  /** From 0 to 1. */
  readonly confidence: number;
  readonly isRight: boolean;
}

export interface CoveragePoint {
  /** Answers at least this sure are given. */
  readonly threshold: number;
  /** Share of all rows that is answered, from 0 to 1. */
  readonly coverage: number;
  /** Share of the answered rows that is right, or null where none is answered. */
  readonly accuracy: number | null;
  readonly answered: number;
}

/** One point for each confidence that occurs, the surest first; the last one answers every row. */
export function coverageCurve(answers: readonly Answer[]): CoveragePoint[] {
  const sorted = [...answers].sort((a, b) => b.confidence - a.confidence);
  const points: CoveragePoint[] = [];
  let right = 0;
  sorted.forEach(({ confidence, isRight }, index) => {
    if (isRight) right += 1;
    // Of equal confidences all are answered or none.
    if (sorted[index + 1]?.confidence === confidence) return;
    const answered = index + 1;
    points.push({
      threshold: confidence,
      coverage: answered / sorted.length,
      accuracy: right / answered,
      answered,
    });
  });
  return points;
}

/** The point at any threshold. */
export function coverageAt(answers: readonly Answer[], threshold: number): CoveragePoint {
  const given = answers.filter(({ confidence }) => confidence >= threshold);
  const right = given.filter(({ isRight }) => isRight).length;
  return {
    threshold,
    coverage: answers.length === 0 ? 0 : given.length / answers.length,
    accuracy: given.length === 0 ? null : right / given.length,
    answered: given.length,
  };
}
