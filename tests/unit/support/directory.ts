// A folder in memory behind the interface of the browser's directory handles, with the ways in which a real one fails.

/** What the mirror uses of a FileSystemDirectoryHandle. `fail` is thrown by everything that is asked of the folder. */
export class MemoryDirectory {
  readonly kind = "directory";
  readonly name: string;
  readonly #entries = new Map<string, MemoryDirectory | MemoryFile>();
  permission: PermissionState = "granted";
  fail: DOMException | null = null;

  constructor(name: string) {
    this.name = name;
  }

  /** The folder as the browser's type says it. */
  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle;
  }

  async queryPermission() {
    return this.permission;
  }

  async getDirectoryHandle(name: string): Promise<MemoryDirectory> {
    if (this.fail !== null) throw this.fail;
    const entry = this.#entries.get(name) ?? new MemoryDirectory(name);
    if (entry instanceof MemoryFile) throw new DOMException("a file", "TypeMismatchError");
    this.#entries.set(name, entry);
    return entry;
  }

  async getFileHandle(name: string): Promise<MemoryFile> {
    const entry = this.#entries.get(name) ?? new MemoryFile(name);
    if (entry instanceof MemoryDirectory) throw new DOMException("a folder", "TypeMismatchError");
    this.#entries.set(name, entry);
    return entry;
  }

  async removeEntry(name: string) {
    this.#entries.delete(name);
  }

  async *entries() {
    yield* [...this.#entries];
  }

  async *keys() {
    yield* [...this.#entries.keys()];
  }

  /** Every file under the folder with its text, by path. */
  async read(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const [name, entry] of this.#entries) {
      if (entry instanceof MemoryFile) found[name] = await entry.content.text();
      else {
        for (const [path, text] of Object.entries(await entry.read()))
          found[`${name}/${path}`] = text;
      }
    }
    return found;
  }
}

class MemoryFile {
  readonly kind = "file";
  readonly name: string;
  content = new Blob();

  constructor(name: string) {
    this.name = name;
  }

  async getFile() {
    return this.content;
  }

  async createWritable() {
    const parts: Blob[] = [];
    return {
      write: async (part: Blob) => void parts.push(part),
      close: async () => {
        this.content = new Blob(parts);
      },
    };
  }
}
