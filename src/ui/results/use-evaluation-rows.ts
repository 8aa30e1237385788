// The scored rows of a run, read when its results are shown.
import { useEffect, useState } from "react";
import { type EvaluationRows, hasValues, type ValueRows } from "../../config/evaluation-rows.ts";
import type { RunResults } from "../../config/events.ts";
import { toErrorRecord } from "../../lib/errors.ts";
import { actions } from "../../state/actions.ts";
import { setNotice } from "../../state/studio-store.ts";

/** The rows, null where the run keeps none, undefined until they are read. */
export function useEvaluationRows(
  runId: string,
  results: RunResults,
): EvaluationRows | null | undefined {
  const [read, setRead] = useState<{ of: RunResults; rows: EvaluationRows | null }>();
  useEffect(() => {
    let isShown = true;
    actions()
      .readEvaluationRows(runId)
      .then((rows) => isShown && setRead({ of: results, rows }))
      .catch((error: unknown) => {
        if (!isShown) return;
        setRead({ of: results, rows: null });
        setNotice(toErrorRecord(error));
      });
    return () => {
      isShown = false;
    };
  }, [runId, results]);
  return read?.of === results ? read.rows : undefined;
}

/** The same for kinds of target whose rows hold values, not classes. */
export function useValueRows(runId: string, results: RunResults): ValueRows | null | undefined {
  const rows = useEvaluationRows(runId, results);
  return rows && !hasValues(rows) ? null : rows;
}
