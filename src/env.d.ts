// What TypeScript's DOM library does not declare yet.

interface TrustedTypePolicy {
  createScriptURL(url: string): unknown;
}

declare var trustedTypes:
  | {
      createPolicy(
        name: string,
        rules: { createScriptURL(url: string): string },
      ): TrustedTypePolicy;
    }
  | undefined;

interface FileSystemHandle {
  queryPermission?(options: { mode: "readwrite" }): Promise<PermissionState>;
  requestPermission?(options: { mode: "readwrite" }): Promise<PermissionState>;
}

declare var showDirectoryPicker:
  | ((options: { id: string; mode: "readwrite" }) => Promise<FileSystemDirectoryHandle>)
  | undefined;
