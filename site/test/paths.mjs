import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const MODULE = dirname(dirname(fileURLToPath(import.meta.url)));
export const TARGET = join(MODULE, "target");
/** What `npm run build` made. */
export const ASSETS = join(TARGET, "classes/dev/tidemark/site");
