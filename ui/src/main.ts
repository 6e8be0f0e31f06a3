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
document.documentElement.dataset.platform = bridge.platform;
await setLook(remembered());

const state = new State(bridge, setLook);
if (location.hash === "#main") state.show("main");
const page = document.getElementById("page");
if (page) mount(App, { target: page, props: { state } });
await tick();
// Its window is hidden until now, and a hidden page is given no frame to wait for: the first one that it paints is the
// first one that is seen.
void bridge.mounted();
