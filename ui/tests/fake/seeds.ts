// What lies in the practice world when a test begins.
import type { ContentInput } from "../../src/api.next";
import { NO_REST } from "../../src/compose/written";
import { delivery } from "./answers";
import { draw } from "./plan";
import { account, type Delivery, emptyWorld, stamp, type World } from "./world";

export interface Seed {
  /** "some": two personal, one official, one anonymous, practice. "practice": that alone. */
  accounts?: "none" | "practice" | "some";
  queue?: number;
  /** So many outcomes, an hour apart, the newest an hour ago. */
  journal?: number;
  unknown?: boolean;
  /** What waits has done so for too long: a server that is away. */
  away?: boolean;
  held?: boolean;
  rejected?: boolean;
  signIn?: boolean;
  drafts?: number;
  /** Whose they are; the first account's, if nothing is said. */
  draftsOf?: string;
  locked?: boolean;
  damaged?: Record<string, string>;
  reason?: string;
  paused?: boolean;
  noTray?: boolean;
  shortcuts?: World["shortcuts"];
  preferences?: Partial<World["preferences"]>;
  texts?: "ja" | "en";
  holidays?: readonly string[];
  /** So many days off and closed periods. */
  own?: number;
  backups?: number;
  /** The first account goes through a proxy. */
  proxied?: boolean;
  /** So many more accounts. */
  more_accounts?: number;
  ill?: Record<string, string>;
}

export const TEXTS = {
  ja: [
    "ようやくひと段落。帰りに遠回りして神社の参道を歩いたら、銀杏がもう半分くらい落ちていた。踏むとやわらかい音がする。",
    "【年末年始の休業について】12月29日（火）から1月4日（月）まで、お問い合わせ窓口をお休みします。",
    "冷蔵庫の音に、名前をつけた。いちばん低いのが「たぬき」。",
    "昼に読みおえた本のことを少し。",
    "駅裏の定食屋。秋刀魚の焼き加減がちょうどいい。",
    "あの言い方はないと思う。",
    "新しいノートの一枚目は、いつも少しだけ緊張する。",
  ],
  en: [
    "Finally wrapped up. Took the long way round past the shrine; half the ginkgo leaves are down already and they are soft underfoot.",
    "Our support desk is closed from Tuesday 29 December to Monday 4 January.",
    "I have named the noises of the fridge. The lowest one is the badger.",
    "A little about the book I finished at lunch.",
    "The place behind the station grills mackerel just right.",
    "That was no way to put it.",
    "The first page of a new notebook always makes me a little nervous.",
  ],
};

export function content(text: string, lang = "ja"): ContentInput {
  return { parts: [{ text, media: [] }], cw: null, visibility: null, lang, ...NO_REST };
}

const HOUR = 3_600_000;

/** Most go out; of ten one was turned away, one removed, and a thread has a part whose address nobody knows. */
function endings(n: number, at: number, handle: string): Partial<Delivery> {
  if (n % 10 === 3)
    return {
      state: "rejected",
      code: "server_refused",
      server_words: "Text must not be longer",
      planned_at: null,
    };
  if (n % 10 === 6) return { state: "removed", planned_at: null, window: null, attempts: 0 };
  const parts = n % 10 === 4 ? 2 : 1;
  const url = `https://bsky.app/profile/${handle}/post/3k${n}`;
  const out = { state: "sent", sent_at: stamp(at), deletable: true, url, parts, parts_sent: parts };
  const all = Array.from({ length: parts }, (_, index) => index + 1);
  const receipts = all.map((part) => ({ part, id: `at-${n}-${part}`, url: part === 1 ? url : null }));
  const differs = n % 10 === 7 ? { asked: "private", got: "public" } : null;
  return { ...out, parts_there: all, receipts, visibility_differs: differs };
}

export function seeded(seed: Seed, now: number): World {
  const world = emptyWorld();
  const lang = seed.texts ?? "ja";
  const texts = TEXTS[lang];
  Object.assign(world.preferences, seed.preferences);
  world.holidays = seed.holidays ?? [];
  for (let n = 1; n <= (seed.own ?? 0); n += 1) {
    const from = now + n * 14 * 86_400_000;
    world.daysOff.push(stamp(from).slice(0, 10));
    world.closed.push({ id: `closed-s${n}`, from: stamp(from), to: stamp(from + 7_200_000) });
  }
  for (let n = 0; n < (seed.backups ?? 0); n += 1) {
    const id = `kossori-${n}-daily`;
    const [at, bytes] = [stamp(now - (n * 24 + 3) * 3_600_000), 1_430_000 - n * 40_000];
    world.backups.push({ id, at, why: n === 2 ? "before-migration" : "daily", bytes, whole: n !== 3 });
  }
  world.ill = seed.ill ?? {};
  world.locked = seed.locked ?? false;
  world.damaged = seed.damaged ?? null;
  world.reason = seed.reason ?? null;
  if (seed.noTray) world.tray = false;
  if (seed.shortcuts) world.shortcuts = seed.shortcuts;
  if (seed.paused) world.pausedUntil = null;
  const kind = seed.accounts ?? "some";
  if (kind === "some") {
    world.accounts.push(
      account("a-blue", "bluesky", "haruka.dev", "personal", "https://bsky.social"),
      account("a-masto", "mastodon", "haruka", "personal", "https://mastodon.example"),
      account("a-asagi", "bluesky", "asagi-works.example", "official", "https://bsky.social"),
      account("a-night", "mastodon", "yofukashi", "anonymous", "https://night.example"),
    );
    if (seed.proxied) Object.assign(world.accounts[0] ?? {}, { proxy: "socks5h" });
    if (seed.signIn) Object.assign(world.accounts[1] ?? {}, { health: "needs_sign_in" });
  }
  for (let n = 0; n < (seed.more_accounts ?? 0); n += 1)
    world.accounts.push(
      account(`a-more-${n}`, "mastodon", `night_${n}`, "personal", "https://mastodon.example"),
    );
  if (kind !== "none")
    world.accounts.push(account("a-prac", "practice", lang === "ja" ? "練習帳" : "notebook"));
  const targets = kind === "some" ? ["a-blue", "a-asagi", "a-night", "a-masto", "a-blue"] : ["a-prac"];
  for (let n = 0; n < (seed.queue ?? 0); n += 1) {
    const to = targets[n % targets.length] ?? "a-prac";
    const rest = { rank: n + 1, post: `post-s${n}`, confirmed: true };
    world.queue.push(delivery(world, to, content(texts[n % 5] ?? "", lang), rest));
  }
  draw(world, now);
  if (seed.away) {
    Object.assign(world.accounts[0] ?? {}, { health: "unreachable" });
    for (const one of world.queue) if (one.account === world.accounts[0]?.id) one.waits = "unreachable";
  }
  const first = world.accounts[0]?.id ?? "a-prac";
  const other = (text: number, rest: Parameters<typeof delivery>[3]) =>
    world.queue.push(
      delivery(world, first, content(texts[text] ?? "", lang), { rank: 5000 + text, ...rest }),
    );
  if (seed.held) other(5, { state: "held" });
  if (seed.rejected) {
    const words = "Text must not be longer than 300 graphemes";
    other(4, { state: "rejected", code: "server_refused", server_words: words, attempts: 1 });
  }
  if (seed.unknown) {
    const asked = stamp(now - 22 * 3_600_000);
    other(6, {
      state: "needs_you",
      waits: "needs_you",
      asked_at: asked,
      looks: 2,
      attempts: 1,
      frozen: true,
      planned_at: asked,
    });
  }
  for (let n = 0; n < (seed.journal ?? 0); n += 1) {
    const to = targets[n % targets.length] ?? "a-prac";
    const at = now - (n + 1) * HOUR;
    const end = endings(n, at, world.accounts.find((one) => one.id === to)?.handle ?? "");
    const one = delivery(world, to, content(texts[n % texts.length] ?? "", lang), {
      rank: -n - 1,
      post: `post-j${n}`,
      window: "lunch",
      planned_at: stamp(at),
      attempts: 1,
      ended: at,
      ...end,
    });
    (one.state === "removed" ? world.removed : world.queue).push(one);
  }
  for (let n = 0; n < (seed.drafts ?? 0); n += 1) {
    const kept = {
      id: `draft-s${n}`,
      rev: 1,
      accounts: [seed.draftsOf ?? first],
      updated: now - n * 7_200_000,
    };
    world.drafts.push({ ...kept, content: content(texts[n % texts.length] ?? "", lang) });
  }
  return world;
}
