// The Hugging Face Hub as both sides know it: how a model is named there, what was found of it, and where the Hub is.
import { z } from "zod";
import { StudioError } from "../lib/errors.ts";
import { hubOrigins } from "./hub-origins.ts";

/** Where the Hub is when nobody says otherwise. */
export const defaultHubUrl = "https://huggingface.co";

/** A model as the user names it. */
export interface HubReference {
  /** `owner/name`, or a mere name for the oldest models. */
  readonly repoId: string;
  /** Branch, tag or commit; null is the newest state. */
  readonly revision: string | null;
}

/** Where a stored model came from: `model_source.json` in its folder, and in the record of each run. */
export const hubSourceSchema = z.object({
  version: z.literal(1),
  /** The Hub's own spelling of `owner/name`. */
  repo_id: z.string(),
  /** What was asked for: a branch, a tag or a commit. */
  revision: z.string(),
  /** The commit that it stood for: 40 hexadecimal digits. */
  commit: z.string(),
});
export type HubSource = z.output<typeof hubSourceSchema>;

/** One file to download, with the Hub's own hash of it. */
export interface HubFile {
  readonly path: string;
  /** Its name in the model's folder here: the path, but where sentence-transformers has the model in a folder of its own. */
  readonly name: string;
  readonly size: number;
  /** SHA-256 of the content, or git's SHA-1 of it where the file is small. */
  readonly hash: { readonly algorithm: "sha256" | "git-sha1"; readonly digest: string };
}

/** What a look at a model finds: everything but its weights. */
export interface HubModel {
  readonly source: HubSource;
  readonly files: readonly HubFile[];
  /** Bytes of all files. */
  readonly bytes: number;
  /** Text of config.json. */
  readonly config: string;
  readonly license: string | null;
  /** Bytes that an interrupted download has left here. */
  readonly kept: number;
  /** Id of the stored model where this very commit is here already. */
  readonly storedAs: string | null;
}

/** An interrupted download. */
export interface KeptDownload {
  readonly source: HubSource;
  readonly bytes: number;
  readonly total: number;
}

const namePart = /^[A-Za-z0-9][\w.-]{0,95}$/u;

/**
 * Reads what the user typed or pasted: `owner/name`, `owner/name@revision`, or the address of the model's page.
 * @throws StudioError with an example.
 */
export function parseHubReference(typed: string, typedRevision = ""): HubReference {
  const { repo, revision } = splitReference(typed.trim());
  const parts = repo.split("/");
  const isName = (parts.length === 1 || parts.length === 2) && parts.every((p) => namePart.test(p));
  if (!isName || repo.includes("..") || repo.includes("--")) {
    throw new StudioError(
      repo === "" ? "Which model?" : `"${shorten(typed)}" is no name of a model on the Hub.`,
      { hint: "A name has an owner and a name, such as distilbert/distilbert-base-uncased." },
    );
  }
  const asked = typedRevision.trim() || revision;
  if (asked === null || asked === "") return { repoId: repo, revision: null };
  if (!/^[\w./-]{1,200}$/u.test(asked) || asked.includes("..")) {
    throw new StudioError(`"${shorten(asked)}" is no revision.`, {
      hint: "A revision is a branch such as main, a tag, or a commit of 40 hexadecimal digits.",
    });
  }
  return { repoId: repo, revision: asked };
}

function splitReference(typed: string): { repo: string; revision: string | null } {
  const page = /^https?:\/\/[^/]+\/(?:models\/)?([^?#]+)/u.exec(typed);
  if (page === null) {
    const [repo = "", revision = null] = typed.split("@", 2);
    return { repo, revision };
  }
  const [path = ""] = page.slice(1);
  const [repo = "", revision = null] = path.split(/\/(?:tree|blob|resolve)\//u, 2);
  return { repo: repo.replace(/\/$/u, ""), revision };
}

const shorten = (text: string) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/**
 * Checks an address of the Hub and gives it without a slash at its end. The page's policy forbids all other hosts, so they
 * are refused here, where the reason can be said. `pageUrl` is the page's own address.
 * @throws StudioError
 */
export function readHubUrl(typed: string, pageUrl: string): string {
  const url = parseUrl(typed.trim());
  if (url === null) {
    throw new StudioError(`"${shorten(typed)}" is no address.`, {
      hint: `An address begins with https://, such as ${defaultHubUrl}.`,
    });
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new StudioError("The Hub's address holds more than a host and a path.", {
      hint: "Leave out names, passwords and everything after ? or #. A token has a field of its own.",
    });
  }
  const isOwn = url.origin === new URL(pageUrl).origin;
  if (!isOwn && !hubOrigins.some((pattern) => matchesOrigin(pattern, url.origin))) {
    throw new StudioError(`This page may not speak to ${url.host}.`, {
      hint: `Its security policy allows huggingface.co, hf.co and the page's own site. Whoever hosts the studio can put a mirror under its own address, for example ${new URL("/hub", pageUrl).href}.`,
    });
  }
  return url.href.replace(/\/+$/u, "");
}

function parseUrl(text: string): URL | null {
  if (!/^https?:\/\//iu.test(text) || !URL.canParse(text)) return null;
  return new URL(text);
}

function matchesOrigin(pattern: string, origin: string): boolean {
  if (!pattern.includes("*.")) return pattern === origin;
  const [scheme = "", host = ""] = pattern.split("*");
  return origin.startsWith(scheme) && origin.endsWith(host);
}
