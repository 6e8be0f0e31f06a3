// The page itself, once the first frame is there.
import { mount, tick } from "svelte";
import App from "../App.svelte";
import { App as State } from "../app.svelte";
import type { Bridge } from "../bridge/bridge";
import { look, setLook } from "../look";
import type { Field } from "./field";

export async function start(bridge: Bridge, field: Field | null): Promise<void> {
  await setLook(look);
  const state = new State(bridge, setLook, field);
  if (bridge.window === "main") state.show("main");
  const page = document.getElementById("page");
  if (page) mount(App, { target: page, props: { state } });
  await tick();
  if (!field) void bridge.painted();
  void bridge.mounted();
  const area = page?.querySelector<HTMLTextAreaElement>(".c-text textarea");
  if (area) await field?.goesOver(area);
}
