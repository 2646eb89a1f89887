// What becomes of the selection when something around it changes: boxes go or get new ids, classes are hidden, locked
// or shown.
import { chosen, isHidden, same, type EditorState, type Item, type Selection } from "./state";

/** The sets of the state that a person switches one by one. */
export type Switches = "hiddenClasses" | "hiddenKinds" | "lockedClasses" | "lockedKinds";

/** What is gone from the document is not selected any more; the next of the selected takes the main one's place. */
export function stillChosen(state: EditorState): EditorState {
  const [first, ...also] = chosen(state).map((item) => item.what);
  if (!state.selection || (same(first ?? null, state.selection) && also.length === state.also.length)) return state;
  return { ...state, selection: first ?? null, also };
}

/** After a rebase some of our boxes live on under new ids. */
export function followed(state: EditorState, ids: ReadonlyMap<string, string>): EditorState {
  const follow = (what: Selection): Selection =>
    what.kind === "box" ? { kind: "box", id: ids.get(what.id) ?? what.id } : what;
  return { ...state, selection: state.selection && follow(state.selection), also: state.also.map(follow) };
}

/** Hides or locks a class or a kind of box, or shows and frees it again. */
export function flipped<S extends Switches>(
  before: EditorState,
  which: S,
  value: EditorState[S] extends ReadonlySet<infer V> ? V : never,
): EditorState {
  const set = new Set<unknown>(before[which]);
  if (!set.delete(value)) set.add(value);
  return stillShown({ ...before, [which]: set });
}

/** What is hidden now is not selected. */
export function stillShown(state: EditorState): EditorState {
  const [first, ...also] = chosen(state)
    .filter((item) => !isHidden(state, item))
    .map((item) => item.what);
  return { ...state, selection: first ?? null, also };
}

/** Shows the class and the kind of an item that somebody selects, and lets the cut-off let it through. */
export function revealed(state: EditorState, item: Item): EditorState {
  const hiddenClasses = new Set(state.hiddenClasses);
  const hiddenKinds = new Set(state.hiddenKinds);
  hiddenClasses.delete(item.class);
  hiddenKinds.delete(item.kind);
  return { ...state, hiddenClasses, hiddenKinds, allHidden: false, cutoff: cutoffFor(state.cutoff, item) };
}

function cutoffFor(cutoff: number | null, { probability, dropped }: Item): number | null {
  if (probability === undefined || (cutoff === null && !dropped)) return cutoff;
  return Math.min(cutoff ?? 1, probability);
}
