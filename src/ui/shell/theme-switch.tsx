// The theme: as the system, dark or light.
import { Monitor, Moon, Sun } from "lucide-react";
import { actions } from "../../state/actions.ts";
import { useTheme } from "../../state/studio-store.ts";
import { Segmented } from "../parts/segmented.tsx";
import { en } from "../text/en.ts";

const { themes } = en.shell;

export function ThemeSwitch() {
  return (
    <Segmented
      label={en.shell.theme}
      value={useTheme()}
      onChange={(theme) => actions().setTheme(theme)}
      options={[
        { value: "system", label: themes.system, icon: <Monitor aria-hidden="true" /> },
        { value: "dark", label: themes.dark, icon: <Moon aria-hidden="true" /> },
        { value: "light", label: themes.light, icon: <Sun aria-hidden="true" /> },
      ]}
    />
  );
}
