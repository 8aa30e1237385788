// Every held-out row of a run as its final model saw it: what the lists behind the figures of the Results page show.
import { z } from "zod";

/** Version of both kinds. */
export const evaluationRowsVersion = 1;

const shownRow = {
  /** Line in the user's file, from 1. */
  line: z.number(),
  /** The first 300 characters. */
  text: z.string(),
};

const classRowsSchema = z.object({
  version: z.literal(evaluationRowsVersion),
  /** The order of the model's outputs. */
  labels: z.array(z.string()),
  rows: z.array(
    z.object({
      ...shownRow,
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
export type ClassRows = z.output<typeof classRowsSchema>;

/** Rows of label sets or of a regression: an entry an output. */
const valueRowsSchema = z.object({
  version: z.literal(evaluationRowsVersion),
  labels: z.array(z.string()),
  problem_type: z.enum(["multi_label_classification", "regression"]),
  rows: z.array(
    z.object({
      ...shownRow,
      /** 1 for each label that the row has, or its numbers. */
      values: z.array(z.number()),
      /** Probabilities, or numbers. */
      predicted: z.array(z.number()),
      predicted_before: z.array(z.number()),
    }),
  ),
});
export type ValueRows = z.output<typeof valueRowsSchema>;

export const evaluationRowsSchema = z.union([valueRowsSchema, classRowsSchema]);
export type EvaluationRows = z.output<typeof evaluationRowsSchema>;

export const hasValues = (rows: EvaluationRows): rows is ValueRows => "problem_type" in rows;

/** A row's text is cut there: the file holds enough to recognise it. */
export const shownCharacters = 300;
