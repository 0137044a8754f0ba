// A binary heap: a collection that gives out its first item first.

export interface Heap<Item> {
  add(item: Item): void;
  /** Takes the first item out; undefined when there is none. */
  take(): Item | undefined;
}

/** Creates an empty heap. @param isBefore Whether one item comes out before another. */
export function createHeap<Item extends object>(isBefore: (one: Item, other: Item) => boolean): Heap<Item> {
  const items: Item[] = [];

  const findFirstChild = (parentIndex: number): { item: Item; index: number } | undefined => {
    const index = 2 * parentIndex + 1;
    const left = items[index];
    const right = items[index + 1];
    if (left === undefined) return undefined;
    return right !== undefined && isBefore(right, left) ? { item: right, index: index + 1 } : { item: left, index };
  };

  return {
    add: (item) => {
      let index = items.length;
      while (index > 0) {
        const parentIndex = (index - 1) >> 1;
        const parent = items[parentIndex];
        if (parent === undefined || !isBefore(item, parent)) break;
        items[index] = parent;
        index = parentIndex;
      }
      items[index] = item;
    },
    take: () => {
      const [first] = items;
      const last = items.pop();
      if (last === undefined || last === first) return first;
      let index = 0;
      for (let child = findFirstChild(0); child !== undefined && isBefore(child.item, last);) {
        items[index] = child.item;
        index = child.index;
        child = findFirstChild(index);
      }
      items[index] = last;
      return first;
    },
  };
}
