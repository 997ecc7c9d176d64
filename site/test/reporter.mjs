// A line a test, what failed in full, and at last how many there were.

/** @param {AsyncIterable<{ type: string, data: any }>} events */
export default async function* report(events) {
  const counts = { run: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of events) {
    const indent = "  ".repeat(data?.nesting ?? 0);
    const suite = data?.details?.type === "suite";
    if (type === "test:start" && data.nesting === 0) {
      yield `${data.name}\n`;
    } else if (type === "test:diagnostic" && data.nesting > 0) {
      yield `${indent}  ${data.message}\n`;
    } else if ((type === "test:pass" || type === "test:fail") && (!suite || type === "test:fail")) {
      if (!suite) {
        counts.run += 1;
        counts.skipped += data.skip === undefined ? 0 : 1;
        counts.failed += type === "test:fail" ? 1 : 0;
        yield `${indent}${type === "test:pass" ? "ok" : "FAILED"} ${data.name} (${Math.round(data.details.duration_ms)} ms)\n`;
      }
      const error = data.details.error;
      if (type === "test:fail" && !["subtestsFailed", "cancelledByParent"].includes(error?.failureType)) {
        yield `${error?.cause?.stack ?? error?.stack ?? error}\n`;
      }
    }
  }
  yield `Tests run: ${counts.run}, Failures: ${counts.failed}, Skipped: ${counts.skipped}\n`;
}
