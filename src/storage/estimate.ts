// How much room the browser grants, and the request to keep it.

/** Bytes used and granted, or null where the browser does not tell. */
export async function estimateStorage(): Promise<{ usage: number; quota: number } | null> {
  const { usage, quota } = (await navigator.storage?.estimate?.()) ?? {};
  return usage === undefined || quota === undefined ? null : { usage, quota };
}

/** Asks the browser not to clear the studio's storage when the disk runs low. Some browsers ask the user, most decide alone. */
export async function askPersistence(): Promise<boolean> {
  return (await navigator.storage?.persist?.()) ?? false;
}
