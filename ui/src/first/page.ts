// The page itself, once the first frame is there.
import { flushSync, mount } from "svelte";
import App from "../App.svelte";
import { App as State } from "../app.svelte";
import type { Bridge } from "../bridge/bridge";
import { look, setLook } from "../look";
import type { Field } from "./field";

export async function start(bridge: Bridge, field: Field | null): Promise<void> {
  await setLook(look);
  // From here on nothing is waited for until all is over: no key comes between.
  await field?.settled();
  const state = new State(bridge, setLook);
  if (bridge.window === "main") state.show("main");
  const page = document.getElementById("page");
  if (page) mount(App, { target: page, props: { state } });
  flushSync();
  const area = page?.querySelector<HTMLTextAreaElement>(".c-text textarea");
  if (area) field?.goesOver(area);
  if (!field) void bridge.painted();
  void bridge.mounted();
}
