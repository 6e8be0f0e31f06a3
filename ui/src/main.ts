import { mount, tick } from "svelte";
import App from "./App.svelte";
import { App as State } from "./app.svelte";
import { tauriBridge } from "./bridge/tauri";
import { look, remembered, setLook } from "./look";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/composer.css";

const bridge = globalThis.kossoriBridge ?? tauriBridge();
look.systemLanguage = bridge.systemLanguage;
await setLook(remembered());

const state = new State(bridge, setLook);
if (location.hash === "#main") state.show("main");
const page = document.getElementById("page");
if (page) mount(App, { target: page, props: { state } });
await tick();
// The frame after this one has the composer in it.
requestAnimationFrame(() => setTimeout(() => void bridge.mounted()));
