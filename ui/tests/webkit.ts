// The same screens in the web view that people have on Linux: as much of Playwright's page as `screens.ts` asks for, over
// a bare WebKitGTK window. Keys and clicks are the page's own events; the clock runs, from where it was set.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { fakeScript, type Scene, serve, WEDNESDAY } from "./stage";

type Which = { by: "css"; css: string } | { by: "role" | "text"; name: string };

/** Runs in the page: what a locator means there. */
const IN_PAGE = `
const found = (which, index) => {
  const named = (one) => one.getAttribute("aria-label") ?? one.textContent.trim();
  const all = which.by === "css" ? [...document.querySelectorAll(which.css)]
    : which.by === "role" ? [...document.querySelectorAll("button")].filter((one) => named(one) === which.name)
    : [...document.querySelectorAll("#page *")].filter((one) => one.textContent.trim().includes(which.name) && ![...one.children].some((child) => child.textContent.includes(which.name)));
  const one = all.at(index);
  if (!one) throw new Error("nothing there: " + JSON.stringify(which));
  return one;
};
const key = (name, target = document.activeElement ?? document.body) => {
  const parts = name.split("+");
  const key = parts.pop();
  const init = { key, bubbles: true, cancelable: true, ctrlKey: parts.includes("Control"), altKey: parts.includes("Alt"), shiftKey: parts.includes("Shift") };
  if (key === "End" && "setSelectionRange" in target) target.setSelectionRange(target.value.length, target.value.length);
  target.dispatchEvent(new KeyboardEvent("keydown", init));
  target.dispatchEvent(new KeyboardEvent("keyup", init));
};
const fill = (one, text) => {
  one.focus();
  const kind = one.matches("textarea") ? HTMLTextAreaElement : HTMLInputElement;
  Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(one, text);
  one.dispatchEvent(new Event("input", { bubbles: true }));
};
`;

export class WebKit {
  #next: ((answer: { done?: unknown; failed?: string }) => void)[] = [];

  private constructor(
    private readonly window: ChildProcess,
    private readonly lines: Interface,
    private readonly address: string,
    private readonly script: string,
    private readonly end: () => void,
  ) {
    lines.on("line", (line) => this.#next.shift()?.(JSON.parse(line)));
  }

  static async open(): Promise<WebKit> {
    const [server, script] = await Promise.all([serve(), fakeScript()]);
    const path = fileURLToPath(new URL("./webkit.py", import.meta.url));
    // As the program starts it, and on this screen whatever the desktop prefers.
    const env = {
      ...process.env,
      TZ: "Asia/Tokyo",
      GDK_BACKEND: "x11",
      NO_AT_BRIDGE: "1",
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    };
    const window = spawn("/usr/bin/python3", [path], { stdio: ["pipe", "pipe", "inherit"], env });
    const { port } = server.address() as { port: number };
    const lines = createInterface({ input: window.stdout });
    return new WebKit(window, lines, `http://127.0.0.1:${port}/`, script, () => server.close());
  }

  async close(): Promise<void> {
    this.window.stdin?.end();
    this.lines.close();
    this.end();
  }

  async page(scene: Scene): Promise<Page> {
    const { theme, at, main, width, height, scale = 1, reducedMotion: _r, ...options } = scene;
    const clock = `{
      const Real = Date, shift = new Real(${JSON.stringify(at ?? WEDNESDAY)}).getTime() - Real.now();
      globalThis.Date = class extends Real {
        constructor(...given) { if (given.length > 0) super(...given); else super(Real.now() + shift); }
        static now() { return Real.now() + shift; }
      };
    }`;
    const install = `kossoriFakes.install(${JSON.stringify(options)});`;
    await this.#ask({
      do: "open",
      url: `${this.address}${main ? "#main" : ""}`,
      width: width ?? (main ? 1080 : 440),
      height: height ?? (main ? 720 : 520),
      zoom: scale,
      dark: theme === "dark",
      scripts: [clock, this.script, install],
    });
    await this.#until("return globalThis.kossoriFake?.mounted > 0");
    await this.#ask({ do: "focus" });
    await this.#quiet();
    return this.#page();
  }

  async #ask(command: object): Promise<unknown> {
    const answered = new Promise<{ done?: unknown; failed?: string }>((tell) => this.#next.push(tell));
    this.window.stdin?.write(`${JSON.stringify(command)}\n`);
    const { done, failed } = await answered;
    if (failed !== undefined) throw new Error(failed);
    return done;
  }

  #run(script: string): Promise<unknown> {
    return this.#ask({ do: "run", script: `${IN_PAGE}${script}` });
  }

  async #until(condition: string): Promise<void> {
    const until = Date.now() + 60_000;
    while (!(await this.#run(condition))) {
      if (Date.now() > until) throw new Error(`never so: ${condition}`);
      await rest(50);
    }
  }

  /** What was asked for is answered, and nothing more is asked: as far as it goes without a person. */
  async #quiet(): Promise<void> {
    await this.#until(`
      const quiet = () => kossoriFake.away || kossoriFake.open === 0;
      const before = quiet() && kossoriFake.asked.length;
      await new Promise((go) => setTimeout(go, 120));
      return quiet() && before === kossoriFake.asked.length;`);
  }

  #page(): Page {
    const run = (script: string) => this.#run(script);
    const text = JSON.stringify;
    const locator = (which: Which, index = 0): object => {
      const one = `found(${text(which)}, ${index})`;
      return {
        first: () => locator(which, 0),
        last: () => locator(which, -1),
        nth: (n: number) => locator(which, n),
        click: () =>
          run(
            `const one = ${one}; one.focus(); one.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true })); one.dispatchEvent(new PointerEvent("pointerup", { bubbles: true })); one.click();`,
          ),
        fill: (value: string) => run(`fill(${one}, ${text(value)});`),
        press: (name: string) => run(`const one = ${one}; one.focus(); key(${text(name)}, one);`),
        focus: () => run(`${one}.focus();`),
        check: () => run(`const one = ${one}; if (!one.checked) one.click();`),
        evaluate: (what: (of: Element, given: unknown) => unknown, given: unknown) =>
          run(`return (${what})(${one}, ${text(given) ?? "undefined"});`),
        hover: () => run(`globalThis.under = ${one};`),
      };
    };
    const page = {
      locator: (css: string) => locator({ by: "css", css }),
      getByRole: (_role: string, { name }: { name: string }) => locator({ by: "role", name }),
      getByText: (name: string) => locator({ by: "text", name }),
      keyboard: {
        press: (name: string) => run(`key(${text(name)});`),
        insertText: (words: string) => run(`document.execCommand("insertText", false, ${text(words)});`),
        type: (words: string) => run(`document.execCommand("insertText", false, ${text(words)});`),
      },
      mouse: {
        down: () =>
          run(
            `const one = globalThis.under; one.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, button: 0, pointerId: 1 }));`,
          ),
      },
      clock: {
        runFor: async (ms: number) => {
          await rest(ms);
          await this.#quiet();
        },
      },
      waitForTimeout: rest,
      evaluate: (what: () => unknown) => run(`return (${what})();`),
      waitForFunction: (what: () => boolean) => this.#until(`return (${what})();`),
      screenshot: ({ path }: { path: string }) => this.#ask({ do: "picture", path }),
      context: () => ({ close: async () => {} }),
    };
    return page as unknown as Page;
  }
}

const rest = (ms: number) => new Promise<void>((go) => setTimeout(go, ms));
