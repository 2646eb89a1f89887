// Bars at the window's lower edge say how high they are, so that what the page says back lies above them and not on
// them.

export function watchDock(bar: HTMLElement): void {
  const tell = (): void => {
    const { height } = bar.getBoundingClientRect();
    document.documentElement.style.setProperty("--dock", `${Math.ceil(height)}px`);
  };
  new ResizeObserver(tell).observe(bar);
  tell();
}
