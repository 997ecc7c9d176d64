import type { Kind, Resource, State } from "./contract.ts";

const ONE: Record<Kind | "features", string> = {
  entities: "entity",
  sources: "source",
  transformations: "transformation",
  "feature-views": "feature view",
  features: "feature",
  labels: "label",
  "training-sets": "training set",
  models: "model",
};

const MANY: Record<Kind | "features", string> = {
  entities: "entities",
  sources: "sources",
  transformations: "transformations",
  "feature-views": "feature views",
  features: "features",
  labels: "labels",
  "training-sets": "training sets",
  models: "models",
};

export const STATE_MEANS: Record<State, string> = {
  defined: "in the files, not applied to the registry",
  registered: "applied to the registry, nothing written yet",
  materialized: "its table is written",
  failing: "its last run failed",
  deprecated: "still there, not to be used by anything new",
  deleted: "no longer there",
};

export function kindName(kind: Kind | "features"): string {
  return ONE[kind];
}

export function kindNames(kind: Kind | "features"): string {
  return MANY[kind];
}

/** Whether Tidemark writes tables of such resources. */
export function writable({ kind }: Resource): boolean {
  return kind === "feature-views" || kind === "training-sets";
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const BROKEN = new Intl.NumberFormat("en", { maximumSignificantDigits: 5 });

export function number(n: number): string {
  if (!Number.isFinite(n)) {
    return String(n);
  }
  if (n !== 0 && (Math.abs(n) < 1e-4 || Math.abs(n) >= 1e15)) {
    return n.toExponential(3);
  }
  return Number.isInteger(n) || Math.abs(n) >= 1e5 ? WHOLE.format(n) : BROKEN.format(n);
}

/** A text that is a plain decimal number as it is read best, any other as it is. */
export function value(text: string): string {
  const plain = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);
  return plain && Math.abs(Number(text)) < Number.MAX_SAFE_INTEGER ? number(Number(text)) : text;
}

export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) {
    return "0%";
  }
  const percent = (100 * part) / whole;
  return percent < 0.1 ? "<0.1%" : `${percent >= 10 ? percent.toFixed(0) : percent.toFixed(1)}%`;
}

const DAY = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

const CLOCK = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  timeZone: "UTC",
});

/** An ISO instant in UTC: `1 Jun 2024`, or with its time of day where that is not midnight. */
export function instant(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) {
    return iso;
  }
  const clock = CLOCK.format(at);
  return clock === "00:00" ? DAY.format(at) : `${DAY.format(at)}, ${clock} UTC`;
}

/** How far apart two instants are, in the largest unit that says it: `3 days`. */
export function apart(from: string, to: string): string {
  const minutes = Math.round(Math.abs(Date.parse(to) - Date.parse(from)) / 60_000);
  if (minutes < 90) {
    return count(minutes, "minute");
  }
  const hours = Math.round(minutes / 60);
  return hours < 48 ? count(hours, "hour") : count(Math.round(hours / 24), "day");
}

/** How the newest fact of a table stands to the newest of all data. */
export function freshness(
  resource: Resource,
  materializedTo: string | null,
  lastRunAt: string | null,
  asOf: string | null,
): string | null {
  if (materializedTo === null && lastRunAt !== null) {
    return `Built ${instant(lastRunAt)}`;
  }
  if (materializedTo === null) {
    return writable(resource) ? "Nothing is written yet" : null;
  }
  const to = `Up to ${instant(materializedTo)}`;
  if (asOf === null) {
    return to;
  }
  return Date.parse(materializedTo) >= Date.parse(asOf)
    ? `${to}: all of the data`
    : `${to}, ${apart(materializedTo, asOf)} behind the newest fact`;
}

export function shortHash(hash: string): string {
  const bare = hash.replace(/^sha256:/, "");
  return bare.length > 12 ? bare.slice(0, 10) : bare;
}
