// A conversation in the model's chat template; two models reply side by side, each to its own conversation.
import { actions } from "../../state/actions.ts";
import { changePlayground, clearChat, usePlaygroundStore } from "../../state/playground-store.ts";
import { Button } from "../parts/button.tsx";
import { Card } from "../parts/card.tsx";
import { en } from "../text/en.ts";
import styles from "./chat-view.module.css";
import { Expected } from "./expected.tsx";
import { OutputPanels } from "./outputs.tsx";
import { TextArea } from "./text-area.tsx";
import { WriteButton } from "./write-button.tsx";

const words = en.playground.chat;

export function ChatView() {
  const { opening, turns, message, busy, outputs } = usePlaygroundStore();
  return (
    <>
      <Card
        title={words.title}
        aside={
          turns.length + opening.length === 0 ? null : (
            <Button size="small" disabled={busy !== null} onClick={clearChat}>
              {words.clear}
            </Button>
          )
        }
      >
        {turns.length + opening.length + outputs.length === 0 ? (
          <p className={styles.empty}>{words.empty}</p>
        ) : (
          <ol className={styles.turns}>
            {opening.map(({ role, content }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a message is known by its place.
              <li key={`opening ${index}`}>
                {role === "user" ? (
                  <UserTurn content={content} />
                ) : (
                  <p className={styles.said}>
                    <span className="faint">{role}: </span>
                    {content}
                  </p>
                )}
              </li>
            ))}
            {turns.map(({ user, replies }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: turns are only ever added at the end.
              <li key={index}>
                <UserTurn content={user} />
                <div className={styles.replies}>
                  {replies.map((reply, place) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: the place tells the models apart.
                    <p key={place}>{reply === "" ? en.playground.nothing : reply}</p>
                  ))}
                </div>
              </li>
            ))}
          </ol>
        )}
        <TextArea
          name="message"
          label={words.message}
          placeholder={words.message}
          rows={2}
          value={message}
          onChange={(text) => changePlayground({ message: text, expected: null })}
          onSubmit={actions().sendMessage}
        />
        <WriteButton
          label={words.send}
          disabled={message.trim() === ""}
          onClick={actions().sendMessage}
        />
        <Expected />
      </Card>
      <OutputPanels
        content={({ result, texts }) =>
          result === null ? (
            <p className={styles.streaming}>{texts[0]}</p>
          ) : (
            <details>
              <summary>{words.templates[result.template ?? "chatml"]}</summary>
              <pre className={styles.template}>{`${result.prompt}${texts[0]}`}</pre>
            </details>
          )
        }
      />
    </>
  );
}

function UserTurn({ content }: { readonly content: string }) {
  return (
    <p className={styles.user}>
      <span className="hidden">{words.you}: </span>
      {content}
    </p>
  );
}
