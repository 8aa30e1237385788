// The hosts of the Hugging Face Hub. A file of its own: the service worker reads it and must hold nothing else.

/** What the page's policy lets it speak to besides its own site: the Hub and the hosts that its files lie on. */
export const hubOrigins = [
  "https://huggingface.co",
  "https://*.huggingface.co",
  "https://*.hf.co",
] as const;
