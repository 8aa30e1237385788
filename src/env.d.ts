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
