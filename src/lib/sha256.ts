// SHA-256 as hexadecimal text, by the platform's own implementation.

/** The digest of `bytes`, 64 hexadecimal characters. Needs a secure context: https or localhost. */
export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
