import type { Detail, Resource } from "./contract.ts";

/** Only these files are ever loaded, whatever the index says. */
const DETAIL_FILE = /^data\/r\/\d+\.js$/;

interface Waiting {
  resolve(detail: Detail): void;
}

interface ScriptPolicy {
  createScriptURL(url: string): string;
}

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): ScriptPolicy;
}

const rules: ScriptPolicy = {
  createScriptURL(url) {
    if (!DETAIL_FILE.test(url)) {
      throw new TypeError(`not a file of details: ${url}`);
    }
    return url;
  },
};

const policy: ScriptPolicy =
  (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy("tidemark", rules) ??
  rules;

/**
 * Details by resource, read when first asked for. A page opened from disk may not fetch; a script
 * may be loaded, so each file of details is one that calls `tidemark.detail`.
 */
export class Details {
  private readonly loaded = new Map<string, Promise<Detail>>();
  private readonly waiting = new Map<string, Waiting>();

  /** What a data file calls. */
  receive(id: string, detail: Detail): void {
    this.waiting.get(id)?.resolve(detail);
    this.waiting.delete(id);
  }

  of(resource: Resource): Promise<Detail> {
    const known = this.loaded.get(resource.id);
    if (known) {
      return known;
    }
    const loading = this.load(resource);
    this.loaded.set(resource.id, loading);
    // A later visit tries again.
    loading.catch(() => this.loaded.delete(resource.id));
    return loading;
  }

  private load(resource: Resource): Promise<Detail> {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      const fail = (why: string) => {
        this.waiting.delete(resource.id);
        script.remove();
        reject(new Error(`${resource.detail} ${why}`));
      };
      this.waiting.set(resource.id, { resolve });
      script.addEventListener("error", () => fail("is missing"));
      script.addEventListener("load", () => {
        script.remove();
        // Resolved by then, if the file holds what it should.
        if (this.waiting.has(resource.id)) {
          fail(`does not hold ${resource.id}`);
        }
      });
      script.src = policy.createScriptURL(resource.detail);
      document.head.append(script);
    });
  }
}
