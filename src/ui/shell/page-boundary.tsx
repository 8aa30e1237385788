// Keeps a fault of one page from blanking the studio: rail, run bar and a running training stay.
import { Component, type ReactNode } from "react";
import { type ErrorRecord, toErrorRecord } from "../../lib/errors.ts";
import { Button } from "../parts/button.tsx";
import { ErrorNote } from "../parts/error-note.tsx";
import { en } from "../text/en.ts";

interface State {
  readonly error: ErrorRecord | null;
}

/** A class because React catches render errors in classes only. */
export class PageBoundary extends Component<{ readonly children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: toErrorRecord(error) };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <ErrorNote
        error={{ message: en.shell.crash.message, hint: error.message }}
        action={
          <Button size="small" onClick={() => this.setState({ error: null })}>
            {en.shell.crash.again}
          </Button>
        }
      />
    );
  }
}
