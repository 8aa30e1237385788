// Serves dist/ with the security headers: `npm start`, and the tests, which take any free port and may use a sub-folder.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { securityHeaders } from "./security-headers.ts";

const builtSite = fileURLToPath(new URL("../dist/", import.meta.url));

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

export interface StaticServer {
  /** Address of the site, with a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

interface ServeOptions {
  readonly port?: number;
  readonly folder?: string;
  readonly headers?: Readonly<Record<string, string>> | false;
  readonly root?: string;
  /** Answers for whole paths beside the site, by their beginning: "/hub/" for a mirror of the Hub on the same origin. */
  readonly beside?: Readonly<Record<string, RequestListener>>;
}

/**
 * Starts serving. `port` 0 takes a free one; `folder` (such as "/studio/") is where the site lies on the host; without
 * `headers` it is a host that sends none of the security headers, as many do. `root` is the folder on this machine.
 */
export function serve({
  port = 0,
  folder = "/",
  headers = securityHeaders,
  root = builtSite,
  beside = {},
}: ServeOptions = {}): Promise<StaticServer> {
  const site = { folder, headers: headers === false ? {} : headers, root };
  const server = createServer((request, response) => {
    const other = Object.keys(beside).find((path) => request.url?.startsWith(path));
    if (other !== undefined) beside[other]?.(request, response);
    else void answer(request, site, response);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const { port: taken } = server.address() as AddressInfo;
      resolve({
        url: `http://localhost:${taken}${folder}`,
        close: () =>
          new Promise((closed) => {
            server.closeAllConnections();
            server.close(() => closed());
          }),
      });
    });
  });
}

interface Site {
  readonly folder: string;
  readonly root: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function answer(
  request: IncomingMessage,
  { folder, headers, root }: Site,
  response: ServerResponse,
): Promise<void> {
  const file = await findFile(request.url ?? "/", folder, root);
  if (file === undefined) {
    response.writeHead(404, { ...headers, "Content-Type": "text/plain" });
    response.end("Not found\n");
    return;
  }
  const common = { ...headers, "Cache-Control": "no-cache", ETag: file.tag };
  if (request.headers["if-none-match"] === file.tag) {
    response.writeHead(304, common);
    response.end();
    return;
  }
  response.writeHead(200, {
    ...common,
    "Content-Type": types[extname(file.path)] ?? "application/octet-stream",
    "Content-Length": file.size,
  });
  createReadStream(file.path).pipe(response);
}

async function findFile(address: string, folder: string, root: string) {
  const pathname = readPath(address);
  if (!pathname?.startsWith(folder)) return undefined;
  const inside = pathname.slice(folder.length);
  const path = normalize(join(root, inside === "" ? "index.html" : inside));
  // A path that climbs out of dist/ is no file of the site.
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const { size, mtimeMs } = found;
  return { path, size, tag: `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"` };
}

/** The decoded path of a request; undefined where it is malformed, such as "//" or "/%zz". */
function readPath(address: string): string | undefined {
  try {
    return decodeURIComponent(new URL(address, "http://localhost").pathname);
  } catch {
    return undefined;
  }
}

const isMain = import.meta.url === pathToFileURL(process.argv[1] ?? "").href;
if (isMain) {
  const { url } = await serve({ port: Number(process.env.PORT ?? 4173) });
  process.stdout.write(`Finetune Studio runs at ${url} (Ctrl+C ends it)\n`);
}
