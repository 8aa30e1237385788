// Must be the first import of main.tsx: schemas ask for this setting when they are made.
import { z } from "zod";

// zod would compile its schemas with `new Function`, which the page's policy forbids.
z.config({ jitless: true });
