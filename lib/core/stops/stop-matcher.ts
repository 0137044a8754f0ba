// Finds many stop items at once in a text that comes in pieces: the automaton of Aho and Corasick over UTF-16 code units.

/**
 * How far a text has been followed: a number that means something to the matcher it came from only. A matcher itself never
 * changes, so one may follow any number of texts.
 */
export type StopState = number;

/** The state before any of the text has come. */
export const noneBegun: StopState = 0;

export interface StopMatcher {
  /** The state after one more UTF-16 code unit of the text. The time for a whole text is linear in its length. */
  next(state: StopState, unit: number): StopState;
  /** The length in code units of the longest end of the text that is the beginning of an item, or a whole item. */
  begun(state: StopState): number;
  /** How many code units the longest item has that the text ends with; 0 where it ends with none. */
  completed(state: StopState): number;
}

/**
 * Creates the matcher of some items; empty ones are ignored. Time and memory are linear in their length together: 23 bytes
 * for each code unit.
 */
export function createStopMatcher(items: readonly string[]): StopMatcher {
  // Each node is the beginning of an item; node 0 is the empty one. Nodes are numbered in the order they are made.
  const most = items.reduce((sum, item) => sum + item.length, 1);
  const parents = new Int32Array(most);
  const units = new Uint16Array(most);
  const lengths = new Int32Array(most);
  const completions = new Int32Array(most);
  /** The longest proper ending of a node that is a node as well. */
  const shorter = new Int32Array(most);
  /** A node's first child, which is the only one of nearly all; 0 is nobody's child, and stands for none. */
  const firstChildren = new Int32Array(most);
  const isForked = new Uint8Array(most);
  /** The other children by parent and code unit. Each item adds one at most. */
  const otherChildren = new Map<number, number>();
  let count = 1;

  const childOf = (node: number, unit: number): number => {
    const first = firstChildren[node] ?? 0;
    if (first !== 0 && units[first] === unit) return first;
    return isForked[node] === 1 ? (otherChildren.get(node * 0x1_0000 + unit) ?? 0) : 0;
  };
  const addChild = (node: number, unit: number): number => {
    const child = count;
    count += 1;
    parents[child] = node;
    units[child] = unit;
    lengths[child] = (lengths[node] ?? 0) + 1;
    if (firstChildren[node] === 0) firstChildren[node] = child;
    else {
      isForked[node] = 1;
      otherChildren.set(node * 0x1_0000 + unit, child);
    }
    return child;
  };
  const next = (state: StopState, unit: number): StopState => {
    for (let node = state; ; node = shorter[node] ?? 0) {
      const child = childOf(node, unit);
      if (child !== 0 || node === 0) return child;
    }
  };

  for (const item of items) {
    let node = 0;
    for (let index = 0; index < item.length; index += 1) {
      const unit = item.charCodeAt(index);
      node = childOf(node, unit) || addChild(node, unit);
    }
    completions[node] = item.length;
  }
  for (const node of inOrderOfLength(lengths.subarray(0, count))) {
    const parent = parents[node] ?? 0;
    const ending = parent === 0 ? 0 : next(shorter[parent] ?? 0, units[node] ?? 0);
    shorter[node] = ending;
    if (completions[node] === 0) completions[node] = completions[ending] ?? 0;
  }
  return { next, begun: (state) => lengths[state] ?? 0, completed: (state) => completions[state] ?? 0 };
}

/** The nodes but the first, which is empty, shortest first: sorted by counting. */
function inOrderOfLength(lengths: Int32Array): Int32Array {
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
  const starts = new Int32Array(longest + 2);
  for (const length of lengths) starts[length + 1] = (starts[length + 1] ?? 0) + 1;
  for (let length = 1; length < starts.length; length += 1) {
    starts[length] = (starts[length] ?? 0) + (starts[length - 1] ?? 0);
  }
  const ordered = new Int32Array(lengths.length);
  lengths.forEach((length, node) => {
    const place = starts[length] ?? 0;
    ordered[place] = node;
    starts[length] = place + 1;
  });
  return ordered.subarray(1);
}
