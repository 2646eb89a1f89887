// Where things stand in a grid of equal cells: what is in sight, what a rubber band touches, where a key leads.

export interface Grid {
  readonly columns: number;
  readonly count: number;
  /** A cell and the gap behind it, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly gap: number;
}

export interface Reveal {
  readonly first: number;
  /** One behind the last. */
  readonly end: number;
  /** Pixels from the grid's top to the first row that is drawn. */
  readonly top: number;
}

export const rowsOf = (grid: Grid): number => Math.ceil(grid.count / grid.columns);
export const heightOf = (grid: Grid): number => Math.max(0, rowsOf(grid) * grid.height - grid.gap);

/**
 * scrolled: pixels of the grid above the window's top. Rows beyond the window are drawn too, so that scrolling shows no
 * holes.
 */
export function visible(grid: Grid, scrolled: number, windowHeight: number, beyond = 3): Reveal {
  const last = rowsOf(grid);
  const from = Math.min(Math.max(0, Math.floor(scrolled / grid.height) - beyond), Math.max(0, last - 1));
  const to = Math.min(last, Math.max(from, Math.ceil((scrolled + windowHeight) / grid.height) + beyond));
  return { first: from * grid.columns, end: Math.min(grid.count, to * grid.columns), top: from * grid.height };
}

export interface Band {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** The cells that a band between two points of the grid touches. */
export function touched(grid: Grid, { x1, y1, x2, y2 }: Band): number[] {
  const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)];
  const [top, bottom] = [Math.min(y1, y2), Math.max(y1, y2)];
  const between = (low: number, high: number, size: number, most: number): [number, number] => {
    const from = Math.floor(low / size) + (low % size > size - grid.gap ? 1 : 0); // a band that begins in a gap
    return [Math.max(0, from), Math.min(most - 1, Math.floor(high / size))];
  };
  const [fromColumn, toColumn] = between(left, right, grid.width, grid.columns);
  const [fromRow, toRow] = between(top, bottom, grid.height, rowsOf(grid));
  const found: number[] = [];
  for (let row = fromRow; row <= toRow; row += 1)
    for (let column = fromColumn; column <= toColumn; column += 1) {
      const index = row * grid.columns + column;
      if (index < grid.count) found.push(index);
    }
  return found;
}

/** Where a key leads from `index`; null for keys that lead nowhere. */
export function stepOf(key: string, index: number, grid: Grid, windowHeight: number): number | null {
  const page = Math.max(1, Math.floor(windowHeight / grid.height)) * grid.columns;
  const steps: Record<string, number> = {
    ArrowLeft: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index - grid.columns < 0 ? index : index - grid.columns,
    ArrowDown: index + grid.columns >= grid.count ? index : index + grid.columns,
    PageUp: index - page,
    PageDown: index + page,
    Home: 0,
    End: grid.count - 1,
  };
  const step = steps[key];
  return step === undefined ? null : Math.min(grid.count - 1, Math.max(0, step));
}
