// The static server: what it refuses, and the headers that every answer carries. The built page has its own tests.
import { get } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { securityHeaders } from "../../../scripts/security-headers.ts";
import { serve } from "../../../scripts/serve.ts";

/** Asks as a raw client does: fetch would tidy the path before sending it. */
function ask(
  port: string,
  path: string,
): Promise<{ status: number | undefined; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: response.headers });
    }).on("error", reject);
  });
}

async function start(folder?: string): Promise<string> {
  const server = await serve(folder === undefined ? {} : { folder });
  onTestFinished(() => server.close());
  return new URL(server.url).port;
}

test("a malformed address is not found, and the server goes on", async () => {
  const port = await start();
  expect((await ask(port, "/%zz")).status).toBe(404);
  expect((await ask(port, "//")).status).toBe(404);
  expect((await ask(port, "/%00")).status).toBe(404);
});

test("no path climbs out of the site", async () => {
  const port = await start();
  const paths = ["/../package.json", "/..%2fpackage.json", "/a/../../package.json"];
  for (const path of paths) expect((await ask(port, path)).status, path).toBe(404);
});

test("a site in a sub-folder answers nothing outside of it", async () => {
  const port = await start("/tools/studio/");
  expect((await ask(port, "/index.html")).status).toBe(404);
});

test("every answer carries the security headers, a refusal too", async () => {
  const { headers } = await ask(await start(), "/none");
  for (const [name, value] of Object.entries(securityHeaders)) {
    expect(headers[name.toLowerCase()]).toBe(value);
  }
});
