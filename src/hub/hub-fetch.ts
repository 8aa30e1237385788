// The one fetch of everything that goes to the Hub. It turns each refusal into plain words with the way out, and never names the token.
import { StudioError } from "../lib/errors.ts";

/** Where the Hub is, and what the user entered to be let in. The token stays in memory. */
export interface HubAccess {
  readonly hubUrl: string;
  readonly token: string | null;
}

interface Subject extends HubAccess {
  readonly repoId: string;
  readonly signal: AbortSignal;
}

/** A fetch for one model. @throws StudioError where the Hub cannot be reached or refuses. */
export function createHubFetch(subject: Subject): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, {
      ...init,
      signal: subject.signal,
      // Weights are kept in the studio's own storage: a second copy in the browser's cache would only take room.
      cache: "no-store",
    }).catch((cause: unknown) => {
      if (subject.signal.aborted) throw subject.signal.reason;
      throw unreachable(subject.hubUrl, cause);
    });
    if (response.ok) return response;
    throw await refusalOf(response, subject);
  };
}

/** An error after which another attempt may work. */
export class ConnectionError extends StudioError {}

/** A connection that broke or was never made. */
export function unreachable(hubUrl: string, cause: unknown): ConnectionError {
  const { host } = new URL(hubUrl);
  if (globalThis.navigator?.onLine === false) {
    return new ConnectionError("This device is offline.", {
      hint: "Connect it and try again. Models that are stored here work offline.",
      cause,
    });
  }
  return new ConnectionError(`No answer came from ${host}.`, {
    hint: `Check the connection. If other pages work, a proxy or an extension may block ${host}, or the address in the Hub's settings does not let this page read it (CORS).`,
    cause,
  });
}

async function refusalOf(response: Response, subject: Subject): Promise<StudioError> {
  const { repoId, token, hubUrl } = subject;
  const { host } = new URL(hubUrl);
  const code = response.headers.get("X-Error-Code");
  const page = `${hubUrl}/${repoId}`;
  switch (response.status) {
    case 401:
    case 403:
      return refusalOfAccess(response.status, code, subject, await readWords(response));
    case 404:
      return refusalOfMissing(code, repoId, page);
    case 429:
      return new StudioError(`${host} takes no more requests from here for now.`, {
        hint: `Wait ${retryAfter(response)} and try again. ${token === null ? "With a token the Hub allows more." : ""}`.trim(),
      });
    default:
      if (response.status >= 500) {
        return new ConnectionError(`${host} has a problem of its own (${response.status}).`, {
          hint: "Try again in a while. What has arrived is kept.",
        });
      }
      return new StudioError(`${host} refuses ${repoId} (${response.status}).`, {
        hint: `Look at ${page} in another tab.`,
      });
  }
}

/** The Hub answers 401 for what does not exist as well, so that nobody learns the names of private models. */
function refusalOfAccess(
  status: number,
  code: string | null,
  { repoId, token, hubUrl }: Subject,
  words: string,
): StudioError {
  const page = `${hubUrl}/${repoId}`;
  if (code === "GatedRepo") {
    if (token === null) {
      return new StudioError(`${repoId} is gated: its owner lets in only who accepts its terms.`, {
        hint: `Accept them on ${page}, make a token with read access at ${hubUrl}/settings/tokens, and enter it under "Token and address".`,
      });
    }
    return new StudioError(`Your token has no access to ${repoId} yet.`, {
      hint: `Accept the terms on ${page} with the same account. Some owners then answer by hand, which takes a while. A fine-grained token must allow gated repositories.`,
    });
  }
  if (token !== null && (status === 403 || /credentials|token|expired/iu.test(words))) {
    return new StudioError(`The Hub does not accept this token for ${repoId}.`, {
      hint: `Check it at ${hubUrl}/settings/tokens: it may have expired, or it may not read this model. Without a token, public models can be downloaded too.`,
    });
  }
  return unknownModel(repoId, token);
}

function refusalOfMissing(code: string | null, repoId: string, page: string): StudioError {
  if (code === "RevisionNotFound") {
    return new StudioError(`${repoId} has no such revision.`, {
      hint: `Its branches and tags are listed on ${page}/tree/main. Without a revision the newest state is taken.`,
    });
  }
  if (code === "EntryNotFound") {
    return new StudioError(`A file of ${repoId} is not there any more.`, {
      hint: "Its owner may have changed the model just now. Look it up again.",
    });
  }
  return unknownModel(repoId, null);
}

const unknownModel = (repoId: string, token: string | null) =>
  new StudioError(
    token === null
      ? `There is no public model ${repoId} on the Hub.`
      : `The Hub knows no model ${repoId} that this token may read.`,
    {
      hint: "Check owner and name, capitals too. A private model needs a token that may read it.",
    },
  );

/** What the answer says, for telling one refusal from another; it is never shown. */
async function readWords(response: Response): Promise<string> {
  const header = response.headers.get("X-Error-Message") ?? "";
  const body = await response.text().catch(() => "");
  return `${header} ${body.slice(0, 500)}`;
}

function retryAfter(response: Response): string {
  const seconds = Number(response.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0
    ? `${Math.ceil(seconds)} seconds`
    : "a few minutes";
}
