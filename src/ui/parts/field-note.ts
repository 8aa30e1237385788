// Lets a control inside a Field name the Field's line of help as its description.
import { createContext } from "react";

/** `id` of the line under the control, or undefined where there is none. */
export const FieldNoteContext = createContext<string | undefined>(undefined);
