// Has cuts and padding measured anew whenever the rows or the arguments that decide them change.
import { useEffect } from "react";
import type { DatasetInspection } from "../../config/dataset.ts";
import { actions } from "../../state/actions.ts";
import { useForm } from "../../state/form-store.ts";
import { readDraft } from "../../state/training-form.ts";

/** Milliseconds without a change: a number is typed digit by digit. */
const rest = 300;

export function useLengthMeasurement(inspection: DatasetInspection | null): void {
  const { draft } = useForm();
  useEffect(() => {
    const read = readDraft(draft);
    if (inspection === null || !read.ok) return;
    const timer = setTimeout(() => actions().measureLengths(read.args), rest);
    return () => clearTimeout(timer);
  }, [inspection, draft]);
}
