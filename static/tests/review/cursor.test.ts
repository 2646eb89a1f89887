import { describe, expect, it } from "vitest";
import { Cursor } from "../../src/review/cursor";

class Tiles extends Cursor<number> {
  readonly order = [1, 2, 3, 4];
  reports = 0;
  asked = 0;
  override more(): Promise<void> {
    this.asked += 1;
    return Promise.resolve();
  }
  protected override tell(): void {
    this.reports += 1;
  }
}

function at(focus: number | null): Tiles {
  const tiles = new Tiles();
  tiles.focus = focus;
  return tiles;
}

describe("the cursor", () => {
  it.each([
    [null, 1, 1],
    [1, 1, 2],
    [4, 1, 4],
    [1, -1, 1],
    [2, 4, 4],
  ])("from %j by %j is at %j", (from, by, to) => {
    const tiles = at(from);
    tiles.step(by);
    expect(tiles.focus).toBe(to);
    expect([...tiles.selected]).toEqual([]);
    expect(tiles.asked).toBe(1); // the end is near
  });

  it("extends from where shift was first held, there and back", () => {
    const tiles = at(2);
    tiles.step(1, true);
    tiles.step(1, true);
    expect([...tiles.selected]).toEqual([2, 3, 4]);
    tiles.step(-3, true);
    expect([...tiles.selected]).toEqual([1, 2]);
    tiles.step(1);
    expect([tiles.focus, ...tiles.selected]).toEqual([2]);
  });

  it("says nothing where nothing changes", () => {
    const tiles = at(2);
    tiles.go(2);
    tiles.go(null);
    expect(tiles.reports).toBe(0);
    tiles.select([1, 3]);
    tiles.go(2);
    expect([tiles.reports, tiles.selected.size]).toEqual([2, 0]);
  });
});
