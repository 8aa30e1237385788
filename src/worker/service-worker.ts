// Stands between the site and the network: it serves the second visit offline, and adds the headers that isolate the
// page (several processor threads need them) where the host sends none. It knows files, not runs.
/** What TypeScript's DOM library does not declare of a service worker. */
interface ServiceWorkerScope {
  readonly location: Location;
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  addEventListener(
    type: "install" | "activate" | "message",
    listen: (event: Extendable) => void,
  ): void;
  addEventListener(type: "fetch", listen: (event: FetchEvent) => void): void;
}
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends Extendable {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const scope = globalThis as unknown as ServiceWorkerScope;

// The build puts its own list here: see listSiteFiles in vite.config.ts. Nothing is imported: a part that the page shares
// would become a file of its own, and a service worker of the classic kind, which every browser knows, cannot load it.
const site = JSON.parse("__SITE_FILES__") as {
  version: string;
  files: readonly string[];
  headers: Readonly<Record<string, string>>;
};
const cacheName = `studio-${site.version}`;
const addressOf = (file: string) => new URL(file, scope.registration.scope).href;
const addresses = new Set(site.files.map(addressOf));

/** Hashed by the build: a file of this name never changes. */
const isImmutable = (address: string) => address.startsWith(addressOf("assets/"));

scope.addEventListener("install", (event) => {
  event.waitUntil(keep(site.files.filter((file) => !file.includes("/"))));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(deleteOldCaches().then(() => scope.clients.claim()));
});

// The page asks for the rest once it has what it needs itself: the first visit is not slowed down.
scope.addEventListener("message", (event) => {
  event.waitUntil(keep(site.files));
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || request.headers.has("range")) return;
  const address = withoutQuery(request.url);
  // What else lies under the site's address, such as a mirror of the Hub, is not the site's: nothing of it is kept here.
  if (!addresses.has(address) && !isMissing(address)) return;
  event.respondWith(answer(request, address).then(isolate));
});

/** Puts files into the cache that are not there yet. A file that cannot be had now is tried again at the next visit. */
async function keep(files: readonly string[]): Promise<void> {
  const cache = await caches.open(cacheName);
  for (const file of files) {
    const address = addressOf(file);
    if ((await cache.match(address)) !== undefined) continue;
    await cache.add(address).catch(() => {});
  }
}

async function deleteOldCaches(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("studio-") && name !== cacheName);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function answer(request: Request, address: string): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(address);
  if (kept !== undefined && isImmutable(address)) return kept;
  try {
    const fresh = await fetch(request);
    // On a full disk the file is not kept, and the page gets it all the same.
    if (fresh.ok && fresh.type === "basic") {
      await cache.put(address, fresh.clone()).catch(() => {});
    }
    return fresh;
  } catch (error) {
    if (kept !== undefined) return kept;
    // A file that a folder of the site does not have is missing without a network too, and not out of reach.
    if (isMissing(address)) return new Response(null, { status: 404, statusText: "Not Found" });
    throw error;
  }
}

/** Whether the site has the folder of an address and not the file. */
function isMissing(address: string): boolean {
  const folder = address.slice(0, address.lastIndexOf("/") + 1);
  return [...addresses].some((file) => file.startsWith(folder)) && !addresses.has(address);
}

/** The page's address may carry a query, such as the back end; the file is the same. */
function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  const address = `${origin}${pathname}`;
  return address === scope.registration.scope ? addressOf("index.html") : address;
}

function isolate(response: Response): Response {
  // A redirect, or another answer that the browser keeps to itself, is passed on as it is.
  if (response.type !== "basic" && response.type !== "default") return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(site.headers)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
