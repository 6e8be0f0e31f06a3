// Ctrl+Shift+H in either window hides both.
import type { Bridge } from "../bridge/bridge";

const ALL = "kossori.hide";

export function hidesWithAll(bridge: Bridge): (event: KeyboardEvent) => void {
  const others = new BroadcastChannel(ALL);
  others.onmessage = () => void bridge.hide();
  return (event) => {
    if (!(event.ctrlKey || event.metaKey) || !event.shiftKey || event.key.toLowerCase() !== "h") return;
    event.preventDefault();
    others.postMessage(null);
    void bridge.hide();
  };
}
