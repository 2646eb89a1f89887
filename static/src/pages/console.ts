// The administration wears the shade that was chosen in LabelHub: set before anything is painted, switched by the same
// button.
import { chosen, startTheme } from "../parts/theme";

const theme = chosen();
if (theme !== "system") document.documentElement.dataset.theme = theme;
document.addEventListener("DOMContentLoaded", startTheme);
