// A prompt that the chosen models write on, side by side.
import { actions } from "../../state/actions.ts";
import { changePlayground, usePlaygroundStore } from "../../state/playground-store.ts";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import { Expected } from "./expected.tsx";
import { Outputs } from "./outputs.tsx";
import { TextArea } from "./text-area.tsx";
import { WriteButton } from "./write-button.tsx";

const words = en.playground;

export function TextView() {
  const prompt = usePlaygroundStore((state) => state.prompt);
  return (
    <>
      <Card title={words.prompt} aside={words.promptHelp}>
        <TextArea
          name="prompt"
          label={words.prompt}
          rows={4}
          value={prompt}
          onChange={(text) => changePlayground({ prompt: text, expected: null })}
          onSubmit={actions().writeOn}
        />
        <WriteButton label={words.write} disabled={prompt === ""} onClick={actions().writeOn} />
        <Expected />
      </Card>
      <Outputs prompt={prompt} />
    </>
  );
}
