// The stage: the built page, served on loopback under the strict policy of the program, in Debian's Chromium, with the
// practice world behind the bridge.
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { build } from "vite";
import type { FakeHost, FakeOptions } from "./fake-host";

declare global {
  var kossoriFake: FakeHost;
}

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const DIST = here("../dist");
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };

export async function serve(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://x").pathname).replace(/^\/$/, "/index.html");
    try {
      const body = await readFile(join(DIST, path));
      const type = TYPES[extname(path)] ?? "application/octet-stream";
      response.writeHead(200, {
        "content-type": `${type}; charset=utf-8`,
        "content-security-policy": POLICY,
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return server;
}

/** The practice world as one script, put into each page before its own. */
export async function fakeScript(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      minify: false,
      lib: { entry: here("./fake-host.ts"), formats: ["iife"], name: "kossoriFakes", fileName: "fake" },
    },
  });
  const output = Array.isArray(built) ? built[0] : built;
  const chunk = output && "output" in output ? output.output[0] : undefined;
  if (chunk?.type !== "chunk") throw new Error("the practice world was not built");
  return `${chunk.code};globalThis.kossoriFakes = kossoriFakes;`;
}

export interface Scene extends FakeOptions {
  theme?: "light" | "dark";
  /** The page's clock: `2026-11-25T10:42`, a Wednesday in Tokyo. */
  at?: string;
  main?: boolean;
  width?: number;
  height?: number;
  scale?: number;
  reducedMotion?: boolean;
  /** The machine's own clock, for what is measured. */
  realTime?: boolean;
}

export const WEDNESDAY = "2026-11-25T10:42:00+09:00";

export class Stage {
  readonly trouble: string[] = [];
  private constructor(
    private readonly server: Server,
    private readonly browser: Browser,
    private readonly script: string,
  ) {}

  static async open(): Promise<Stage> {
    const [server, script] = await Promise.all([serve(), fakeScript()]);
    const browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
    });
    return new Stage(server, browser, script);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.close();
  }

  /** `meanwhile`: what is done as long as the page's own code has not come. */
  async page(scene: Scene = {}, meanwhile?: (page: Page) => Promise<void>): Promise<Page> {
    const context = await this.context(scene);
    const page = await context.newPage();
    if (!scene.realTime) await page.clock.install({ time: new Date(scene.at ?? WEDNESDAY) });
    await page.addInitScript(this.script);
    const {
      theme: _t,
      at: _a,
      main,
      width: _w,
      height: _h,
      scale: _s,
      reducedMotion: _r,
      realTime: _t2,
      ...options
    } = scene;
    await page.addInitScript((given) => {
      const { install } = (globalThis as unknown as { kossoriFakes: typeof import("./fake-host") })
        .kossoriFakes;
      install(given);
    }, options);
    const { port } = this.server.address() as { port: number };
    page.on("pageerror", (error) => this.trouble.push(error.message));
    page.on("console", (line) => {
      if (line.type() === "error" || line.type() === "warning") this.trouble.push(line.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(`http://127.0.0.1:${port}/`)) this.trouble.push(`asked ${request.url()}`);
    });
    let letGo = () => {};
    const done = new Promise<void>((go) => {
      letGo = go;
    });
    if (meanwhile)
      await page.route("**/page-*.js", async (route) => {
        await done;
        await route.continue();
      });
    await page.goto(`http://127.0.0.1:${port}/${main ? "#main" : ""}`, { waitUntil: "commit" });
    await meanwhile?.(page);
    letGo();
    await page.waitForFunction(() => globalThis.kossoriFake?.mounted > 0);
    return page;
  }

  /** What the browser notes of a page while something is done with it, as JSON. */
  async traced(page: Page, categories: string[], run: () => Promise<void>): Promise<string> {
    await this.browser.startTracing(page, { categories });
    await run();
    return (await this.browser.stopTracing()).toString();
  }

  private context(scene: Scene): Promise<BrowserContext> {
    const wide = scene.main === true;
    return this.browser.newContext({
      viewport: { width: scene.width ?? (wide ? 1080 : 440), height: scene.height ?? (wide ? 720 : 520) },
      deviceScaleFactor: scene.scale ?? 1,
      colorScheme: scene.theme ?? "light",
      reducedMotion: scene.reducedMotion ? "reduce" : "no-preference",
      timezoneId: "Asia/Tokyo",
      locale: scene.language === "ja" ? "ja-JP" : "en-GB",
    });
  }
}
