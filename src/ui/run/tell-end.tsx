// Lets the user ask for a notification at the run's end. The browser's own question comes only after this click.
import { Bell, BellRing } from "lucide-react";
import { actions } from "../../state/actions.ts";
import { useTellsEnd } from "../../state/attention-store.ts";
import { Button } from "../parts/button.tsx";
import { en } from "../text/en.ts";

const words = en.attention;

export function TellEnd() {
  const tellsEnd = useTellsEnd();
  if (tellsEnd === "unavailable") return null;
  if (tellsEnd === "denied") return <span className="faint small">{words.denied}</span>;
  const Icon = tellsEnd === "yes" ? BellRing : Bell;
  return (
    <Button aria-pressed={tellsEnd === "yes"} onClick={() => actions().toggleTellsEnd()}>
      <Icon aria-hidden="true" size={14} /> {tellsEnd === "yes" ? words.willTell : words.tell}
    </Button>
  );
}
