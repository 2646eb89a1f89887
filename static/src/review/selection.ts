// Which tiles are meant together: pure, on the order of the queue.

/** All from one to the other, both included, whichever comes first. */
export function between<K>(order: readonly K[], from: K, to: K): readonly K[] {
  const [a, b] = [order.indexOf(from), order.indexOf(to)];
  if (a < 0 || b < 0) return b < 0 ? [] : [to];
  return order.slice(Math.min(a, b), Math.max(a, b) + 1);
}

export function toggled<K>(selected: ReadonlySet<K>, id: K): ReadonlySet<K> {
  const next = new Set(selected);
  if (!next.delete(id)) next.add(id);
  return next;
}
