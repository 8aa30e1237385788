// The one error class. Its message is shown as it is, so it says what happened, with the numbers; the hint says what to do.

/** Errors that code tells apart, because it can do something about them. */
export const errorCodes = [
  "storage-full",
  "device-lost",
  "device-busy",
  "cancelled",
  "not-finite",
  "newer-data",
] as const;
type ErrorCode = (typeof errorCodes)[number];

/** An error whose text is meant for the user. */
export class StudioError extends Error {
  /** What the user can do about it. */
  readonly hint: string | undefined;
  readonly code: ErrorCode | undefined;

  constructor(message: string, options: { hint?: string; cause?: unknown; code?: ErrorCode } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StudioError";
    this.hint = options.hint;
    this.code = options.code;
  }
}

/** An error as plain data: what crosses from a worker and what a log keeps. */
export interface ErrorRecord {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly code?: ErrorCode | undefined;
  /** Stack of an unexpected error, for the log file; never shown on the screen. */
  readonly stack?: string | undefined;
}

/** Turns anything thrown into plain data. An unexpected error keeps its stack for the log. */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof StudioError) {
    const { message, hint, code } = error;
    return {
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(code === undefined ? {} : { code }),
    };
  }
  if (error instanceof Error) {
    const record = { message: error.message || error.name };
    return error.stack === undefined ? record : { ...record, stack: error.stack };
  }
  return { message: String(error) };
}

/** The error that a record describes, to be thrown on the other side of a worker boundary. */
export function fromErrorRecord(record: ErrorRecord): StudioError {
  const { message, hint, code } = record;
  return new StudioError(message, {
    ...(hint === undefined ? {} : { hint }),
    ...(code === undefined ? {} : { code }),
  });
}
