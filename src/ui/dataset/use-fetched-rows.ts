// Asks for the table rows that are in sight, a hundred at a time, each hundred once an inspection and list.
import { useEffect, useRef } from "react";
import type { DatasetInspection, FindingKind, TableRow } from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { useDatasetStore, useTableRows } from "../../state/dataset-store.ts";

const chunk = 100;

/** The rows fetched so far, by index; those from `first` to `last` are on their way. */
export function useFetchedRows(
  inspection: DatasetInspection,
  finding: FindingKind | null,
  first: number,
  last: number,
): ReadonlyMap<number, TableRow> {
  const asked = useRef({ inspection, finding, starts: new Set<number>() });
  useEffect(() => {
    if (asked.current.inspection !== inspection || asked.current.finding !== finding)
      asked.current = { inspection, finding, starts: new Set<number>() };
    const { starts } = asked.current;
    for (let start = first - (first % chunk); start <= last; start += chunk) {
      if (starts.has(start) || useDatasetStore.getState().rows.has(start)) continue;
      starts.add(start);
      actions().fetchRows(start, chunk);
    }
  }, [inspection, finding, first, last]);
  return useTableRows();
}
