// Dark, light or as the system is. The choice is kept in localStorage; without storage it lasts as long as the page.
import { type Theme, useStudioStore } from "../state/studio-store.ts";

const key = "finetune-studio-theme";
const systemIsLight = () => matchMedia("(prefers-color-scheme: light)");

/** Shows a theme and keeps the choice. */
export function setTheme(theme: Theme): void {
  useStudioStore.setState({ theme });
  show(theme);
  try {
    localStorage.setItem(key, theme);
  } catch {
    // Storage is switched off: the choice still holds until the page is left.
  }
}

/** Shows the kept theme and follows the system where that was chosen. Called once. */
export function startTheme(): void {
  const theme = readTheme();
  useStudioStore.setState({ theme });
  show(theme);
  systemIsLight().addEventListener("change", () => show(useStudioStore.getState().theme));
}

function show(theme: Theme): void {
  const shown = theme === "system" ? (systemIsLight().matches ? "light" : "dark") : theme;
  document.documentElement.dataset.theme = shown;
}

function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(key);
    return kept === "dark" || kept === "light" ? kept : "system";
  } catch {
    return "system";
  }
}
