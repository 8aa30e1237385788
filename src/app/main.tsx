// Mounts the studio: styles, state, shell. Nothing else happens here.
import "./strict-zod.ts";
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "../ui/styles/tokens.css";
import "../ui/styles/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { connect } from "./connect.ts";
import { startOffline } from "./offline.ts";
import { Shell } from "./shell.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");

connect();
createRoot(root).render(
  <StrictMode>
    <Shell />
  </StrictMode>,
);
// Without it the studio works all the same, online and on one thread.
startOffline().catch(() => {});
