// The names of a run's stages, in the reader's language.

export function stageName(name: string): string {
  const words: Record<string, string> = {
    prepare: gettext("Prepare"),
    source: gettext("Search"),
    verify: gettext("Verify"),
    relearn: gettext("Learn again"),
    train: gettext("Train"),
    suggest: gettext("Suggest"),
    detect: gettext("Detect"),
    store: gettext("Store"),
  };
  return words[name] ?? name;
}

/** What the run does now, as a sentence; a screen reader says it when it changes. */
export function stageLine(name: string): string {
  const words: Record<string, string> = {
    prepare: gettext("Reading images and boxes"),
    source: gettext("Looking for places where it may be"),
    verify: gettext("Comparing each place with your boxes"),
    relearn: gettext("Learning from the surest finds"),
    train: gettext("Training a detector"),
    suggest: gettext("Choosing what to suggest"),
    detect: gettext("Detecting"),
    store: gettext("Storing the suggestions"),
  };
  return words[name] ?? name;
}
