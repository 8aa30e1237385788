// Copies a text, and says so for a moment.
import { useEffect, useState } from "react";
import { en } from "../text/en.ts";
import { Button } from "./button.tsx";

export function CopyButton(props: { readonly text: string; readonly label?: string }) {
  const { text, label = en.copying.copy } = props;
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = () => {
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      // The browser has asked the user, who has said no.
      () => setCopied(false),
    );
  };
  return (
    <Button size="small" variant="quiet" onClick={copy}>
      {isCopied ? en.copying.copied : label}
    </Button>
  );
}
