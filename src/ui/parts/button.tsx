// A button in the three weights that the studio knows. One primary button a page.
import type { ComponentProps } from "react";
import styles from "./button.module.css";
import { classNames } from "./class-names.ts";

interface ButtonProps extends ComponentProps<"button"> {
  readonly variant?: "primary" | "secondary" | "quiet";
  readonly size?: "small";
}

export function Button({ variant = "secondary", size, className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classNames(styles.button, styles[variant], size && styles[size], className)}
    />
  );
}
