import type { State } from "../contract.ts";
import { h } from "../dom.ts";
import { STATE_MEANS } from "../words.ts";

/** A resource's state as a word. Where only trouble is worth the room, others are left out. */
export function badge(state: State, onlyTrouble = false): HTMLElement | null {
  const trouble = state === "failing" || state === "deprecated" || state === "deleted";
  return onlyTrouble && !trouble
    ? null
    : h("span", { class: `badge ${state}`, title: STATE_MEANS[state] }, state);
}
