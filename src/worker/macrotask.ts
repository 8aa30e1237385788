// A macrotask between steps, without the 4 ms that a nested setTimeout waits. A pause makes it wait until the run goes on.

export interface Gate {
  /** Resolves in a later task: messages have got through. While paused it resolves only after `open`. */
  pass(): Promise<void>;
  close(): void;
  open(): void;
  readonly isClosed: boolean;
}

/** An open gate. */
export function createGate(): Gate {
  const channel = new MessageChannel();
  const waiting: (() => void)[] = [];
  let reopened: Promise<void> | undefined;
  let reopen: (() => void) | undefined;
  channel.port1.onmessage = () => waiting.shift()?.();
  return {
    async pass() {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        channel.port2.postMessage(null);
      });
      await reopened;
    },
    close() {
      reopened ??= new Promise((resolve) => {
        reopen = resolve;
      });
    },
    open() {
      reopen?.();
      reopened = undefined;
    },
    get isClosed() {
      return reopened !== undefined;
    },
  };
}
