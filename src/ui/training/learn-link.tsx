// The way from an argument's help to the notion behind it.
import { type ArgumentName, trainingArgumentFields } from "../../config/training-arguments.ts";
import { goTo } from "../../state/studio-store.ts";
import { notionOf } from "../learn/notions.ts";
import { en } from "../text/en.ts";
import styles from "./learn-link.module.css";

export function LearnLink({ name }: { readonly name: ArgumentName }) {
  const notion = notionOf(name);
  return (
    <button
      type="button"
      className={styles.link}
      data-learn={notion}
      aria-label={en.learn.linkName(trainingArgumentFields[name].label)}
      onClick={() => goTo("learn", notion)}
    >
      {en.learn.link}
    </button>
  );
}
