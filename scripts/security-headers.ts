// The security headers of the built site: one place for the server, the build's meta tag and the tests.
import { hubOrigins } from "../src/config/hub-origins.ts";

/** Everything comes from the site itself; the Hugging Face Hub only when the user asks for it. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "worker-src 'self'",
  `connect-src 'self' ${hubOrigins.join(" ")}`,
  "require-trusted-types-for 'script'",
].join("; ");

/** Headers of every response, workers included: a worker obeys the policy of its own response. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": contentSecurityPolicy,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};
