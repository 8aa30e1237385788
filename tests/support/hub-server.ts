// A small server that speaks the few endpoints of the Hugging Face Hub that the studio uses, and can misbehave on demand.
import { createHash } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

export interface FakeRepo {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The token that opens it; without one it is public. */
  readonly gatedFor?: string;
}

/** What goes wrong. Changed by a test between requests. */
interface Faults {
  /** Cuts the connection after so many bytes of a file, as often as `times` says. */
  drop?: { path: string; after: number; times: number } | undefined;
  /** Sends so many bytes of this file and no more until this is taken away. */
  hold?: { path: string; after: number } | undefined;
  /** Sends one wrong byte in this file. */
  corrupt?: string | undefined;
  /** Bytes a second of large files. */
  slow?: number | undefined;
  /** Knows no ranges: every file comes from its beginning. */
  ignoreRanges?: boolean;
  /** Answers everything with this status. */
  status?: number | undefined;
}

export interface FakeHub {
  readonly handle: RequestListener;
  readonly faults: Faults;
  /** Every request so far: path, range and whether it carried a token. */
  readonly requests: {
    readonly path: string;
    readonly range: string | null;
    readonly hasToken: boolean;
  }[];
}

/** The hub under a path such as "/hub". A file is answered with one redirect, as the real one does for large files. */
export function createFakeHub(repos: ReadonlyMap<string, FakeRepo>, root = "/hub"): FakeHub {
  const faults: Faults = {};
  const requests: { path: string; range: string | null; hasToken: boolean }[] = [];
  const handle: RequestListener = (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const path = decodeURIComponent(url.pathname).slice(root.length);
    const authorization = request.headers.authorization ?? null;
    requests.push({ path, range: request.headers.range ?? null, hasToken: authorization !== null });
    if (faults.status !== undefined) {
      response.writeHead(faults.status).end("no");
      return;
    }
    answer(request, response, { path, repos, faults, authorization, root });
  };
  return { handle, faults, requests };
}

/** The commit of a repository: of its content, as git's. */
function commitOf({ files }: FakeRepo): string {
  const hash = createHash("sha1");
  for (const [name, bytes] of files) hash.update(name).update(bytes);
  return hash.digest("hex");
}

interface Question {
  readonly path: string;
  readonly repos: ReadonlyMap<string, FakeRepo>;
  readonly faults: Faults;
  readonly authorization: string | null;
  readonly root: string;
}

function answer(request: IncomingMessage, response: ServerResponse, question: Question): unknown {
  const { path, repos, authorization, root } = question;
  const [, id = "", kind = "", revision = "", file = ""] =
    /^\/api\/models\/([\w.-]+\/[\w.-]+)\/(revision|tree)\/([^/]+)(?:\/(.+))?$/u.exec(path) ??
    /^\/([\w.-]+\/[\w.-]+)\/(resolve|cdn)\/([^/]+)\/(.+)$/u.exec(path) ??
    [];
  const repo = repos.get(id);
  // The Hub hides what does not exist behind 401 from who shows no token.
  if (repo === undefined) {
    return refuse(
      response,
      authorization === null ? 401 : 404,
      "RepoNotFound",
      "Invalid username or password.",
    );
  }
  const commit = commitOf(repo);
  if (revision !== "HEAD" && revision !== "main" && revision !== commit) {
    return refuse(response, 404, "RevisionNotFound");
  }
  if (kind === "revision") return sendInfo(response, id, commit, repo);
  if (kind === "tree") return send(response, listFolder(repo, file));
  if (repo.gatedFor !== undefined && authorization !== `Bearer ${repo.gatedFor}`) {
    return refuse(response, authorization === null ? 401 : 403, "GatedRepo");
  }
  const bytes = repo.files.get(file);
  if (bytes === undefined) return refuse(response, 404, "EntryNotFound");
  if (kind === "resolve" && isLarge(file)) {
    response.writeHead(302, { Location: `${root}/${id}/cdn/${revision}/${file}` }).end();
    return;
  }
  return sendFile(request, response, { name: file, bytes, faults: question.faults });
}

/** The files and folders right in a folder, "" for the topmost. */
function listFolder({ files }: FakeRepo, folder: string) {
  const start = folder === "" ? "" : `${folder}/`;
  const below = [...files].filter(([name]) => name.startsWith(start));
  const isDeep = ([name]: readonly [string, unknown]) => name.slice(start.length).includes("/");
  const folders = new Set(
    below.filter(isDeep).map(([name]) => name.slice(0, name.indexOf("/", start.length))),
  );
  return [
    ...below.filter((entry) => !isDeep(entry)).map(([name, bytes]) => entryOf(name, bytes)),
    ...[...folders].map((path) => ({ type: "directory", path, size: 0, oid: "" })),
  ];
}

const isLarge = (name: string) => name.endsWith(".safetensors");
const hex = (algorithm: string, ...parts: (Uint8Array | string)[]) => {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

function entryOf(path: string, bytes: Uint8Array) {
  const oid = hex("sha1", `blob ${bytes.length}\0`, bytes);
  const common = { type: "file", oid, size: bytes.length, path };
  if (!isLarge(path)) return common;
  return { ...common, lfs: { oid: hex("sha256", bytes), size: bytes.length, pointerSize: 134 } };
}

function sendInfo(response: ServerResponse, id: string, sha: string, repo: FakeRepo): void {
  send(response, {
    _id: "0",
    id,
    sha,
    private: false,
    gated: repo.gatedFor === undefined ? false : "auto",
    downloads: 1,
    likes: 1,
    lastModified: "2026-01-01T00:00:00.000Z",
    tags: ["license:apache-2.0"],
  });
}

function send(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string, words = code): void {
  response.writeHead(status, { "Content-Type": "application/json", "X-Error-Code": code });
  response.end(JSON.stringify({ error: words }));
}

interface FileToSend {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly faults: Faults;
}

async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { name, bytes, faults }: FileToSend,
): Promise<void> {
  const content = bytes.slice();
  if (faults.corrupt === name) content[0] = (content[0] ?? 0) ^ 1;
  const range = faults.ignoreRanges === true ? undefined : request.headers.range;
  const [, from] = /^bytes=(\d+)-/u.exec(range ?? "") ?? [];
  const start = Number(from ?? 0);
  const body = content.subarray(start);
  response.writeHead(from === undefined ? 200 : 206, {
    "Content-Type": "application/octet-stream",
    "Content-Length": body.length,
    ...(from === undefined
      ? {}
      : { "Content-Range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
  });
  const { drop } = faults;
  if (drop !== undefined && drop.path === name && drop.times > 0) {
    drop.times -= 1;
    response.write(body.subarray(0, drop.after), () => response.destroy());
    return;
  }
  if (faults.hold?.path === name) {
    const { after } = faults.hold;
    response.write(body.subarray(0, after));
    while (faults.hold !== undefined && !response.destroyed) await pause();
    response.end(body.subarray(after));
    return;
  }
  if (faults.slow === undefined || !isLarge(name)) {
    response.end(body);
    return;
  }
  const part = Math.max(1, Math.round(faults.slow / 20));
  for (let sent = 0; sent < body.length && !response.destroyed; sent += part) {
    response.write(body.subarray(sent, sent + part));
    await pause();
  }
  response.end();
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
