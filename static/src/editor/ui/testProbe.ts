// A window for browser tests: they may look and find places on the screen, and change nothing.
import { waiting } from "../model/document";
import type { Editor } from "../editor";
import { toScreen } from "../model/viewport";

export function expose(editor: Editor, canvas: HTMLCanvasElement): void {
  const probe = Object.freeze({
    /** Where a place of the image is, in client coordinates of the page. */
    toScreen(x: number, y: number): { x: number; y: number } {
      const bounds = canvas.getBoundingClientRect();
      const at = toScreen(editor.stage.view, { x, y });
      return { x: at.x + bounds.left, y: at.y + bounds.top };
    },
    state(): unknown {
      const { state, image } = editor;
      return structuredClone({
        image: image && {
          id: image.id,
          version: image.version,
          position: image.position,
          total: image.total,
          width: image.width,
          height: image.height,
        },
        ready: editor.picture !== null,
        boxes: state.doc.boxes,
        complete: [...state.doc.complete],
        suggestions: waiting(state.doc),
        selection: state.selection,
        past: state.past,
        tool: state.tool,
        currentClass: state.currentClass,
        hidden: { all: state.allHidden, classes: [...state.hiddenClasses] },
        view: editor.stage.view,
        save: editor.saveState,
      });
    },
  });
  // The canvas says which image it shows once that is drawn: something to wait for.
  editor.watch(() => {
    const shown = editor.picture && editor.image ? String(editor.image.id) : "";
    if (canvas.dataset.image !== shown) canvas.dataset.image = shown;
  });
  Object.defineProperty(window, "labelhubEditor", { value: probe, writable: false, configurable: false });
}
