// Every held-out row of a run as its final model saw it: what the lists behind the figures of the Results page show.
import { z } from "zod";

export const evaluationRowsSchema = z.object({
  version: z.literal(1),
  /** The order of the model's outputs. */
  labels: z.array(z.string()),
  rows: z.array(
    z.object({
      /** Line in the user's file, from 1. */
      line: z.number(),
      /** The first 300 characters. */
      text: z.string(),
      /** Index into `labels`. */
      label: z.int().min(0),
      predicted: z.int().min(0),
      /** Probability of the predicted class, from 0 to 1. */
      confidence: z.number(),
      /** The same before the first update. */
      predicted_before: z.int().min(0),
      confidence_before: z.number(),
    }),
  ),
});
export type EvaluationRows = z.output<typeof evaluationRowsSchema>;

/** A row's text is cut there: the file holds enough to recognise it. */
export const shownCharacters = 300;
