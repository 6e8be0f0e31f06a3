// The first that runs: a field to write in, in the language and the theme of last time, and the window may be shown. All
// the rest is read behind the first frame, so that nobody waits for it who wants to write.
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/parts.css";
import "../styles/composer.css";
import "../styles/first.css";
import { tauriBridge } from "../bridge/tauri";
import { chosen, look, paint, remember, remembered } from "../look";
import { loadTexts } from "../words/words";
import { Field } from "./field";

/** A window that is not seen, or stands behind another, may be given no frame. */
const AT_LAST_MS = 250;

const bridge = globalThis.kossoriBridge ?? tauriBridge();
look.systemLanguage = bridge.systemLanguage;
document.documentElement.dataset.platform = bridge.platform;
remember(remembered());
document.documentElement.lang = chosen();
paint();

// Nothing here is waited for while this module runs: the page's own code imports parts of it.
void open(Field.in(document, bridge, chosen()));

async function open(field: Field | null): Promise<void> {
  if (field) {
    // Its window is hidden until now, and a hidden page is given no frame to wait for: the first one that it paints is the
    // first one that is seen.
    void bridge.painted();
    await new Promise((go) => {
      requestAnimationFrame(() => setTimeout(go));
      setTimeout(go, AT_LAST_MS);
    });
  }
  const [{ start }] = await Promise.all([import("./page"), loadTexts(chosen())]);
  await start(bridge, field);
}
