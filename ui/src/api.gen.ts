// Written from src-tauri/api by its tests (KOSSORI_WRITE=1). Do not edit.

export type Code = "usage" | "not_built_yet" | "bad_time" | "time_does_not_exist" | "time_is_past" | "bad_duration" | "bad_days" | "bad_date" | "unknown_zone" | "window_empty" | "closed_backwards" | "window_days" | "window_name" | "window_dates" | "break_length" | "unknown_visibility" | "unknown_network" | "bad_server" | "bad_handle" | "bad_proxy" | "proxy_resolves_here" | "proxy_needless" | "client_id_missing" | "client_secret_missing" | "redirect_missing" | "server_missing" | "no_browser_sign_in" | "bad_json" | "no_account" | "no_content" | "bad_position" | "bad_amount" | "bad_shortcut" | "shortcut_twice" | "file_unreadable" | "internal" | "not_understood" | "busy_retry" | "folder_in_use" | "folder_newer" | "folder_read_only" | "folder_on_network" | "folder_unusable" | "disk_full" | "database_damaged" | "backup_damaged" | "database_key_lost" | "socket_unsafe" | "host_gone" | "updated_start_again" | "retiring" | "window_open" | "unknown_account" | "unknown_draft" | "unknown_delivery" | "unknown_window" | "unknown_closed" | "unknown_day_off" | "unknown_backup" | "window_exists" | "account_exists" | "other_account" | "handle_not_found" | "sign_in_refused" | "sign_in_too_slow" | "sign_in_denied" | "sign_in_differs" | "sign_in_expired" | "sign_in_not_granted" | "sign_in_ports_taken" | "sign_ins_full" | "unknown_sign_in" | "server_unreachable" | "server_unclear" | "server_refused" | "server_busy" | "address_refused" | "draft_stale" | "already_sending" | "frozen_for_good" | "already_there" | "not_sent" | "outcome_open" | "rest_waits" | "delete_by_hand" | "partly_deleted" | "quiet_reply_open" | "not_possible_now" | "part_url_needed" | "part_url_not_found" | "part_url_other_author" | "part_url_other_text" | "account_is_sending" | "persona_too_near" | "thread_does_not_fit" | "spacing_too_near" | "no_break" | "no_overtime" | "not_practice" | "not_a_copy" | "backup_failed" | "clock_is_sure" | "not_a_picture" | "picture_heic" | "picture_broken" | "picture_too_large" | "picture_cannot_shrink" | "picture_unreadable" | "picture_worker_died" | "picture_worker_missing" | "autostart_not_here" | "autostart_unwritable" | "upload_broken" | "uploads_full" | "blocked" | "confirm_persona" | "may_be_there" | "needs_sign_in" | "proxy_missing" | "keyring_locked" | "keyring_absent" | "keyring_timed_out" | "keyring_dismissed" | "keyring_broken" | "folder_is_a_copy" | "clock_unsure" | "needs_you";

export type Problem = { code: Code, args?: { [key in string]: string }, findings?: Array<FindingView>, };

export type Event = { "event": "changed" } | { "event": "delivery", id: string, state: string, } | { "event": "draft", id: string, rev: bigint, } | { "event": "retiring" } | { "event": "leaving" } | { "event": "hide" } | { "event": "show", what: "compose" | "main", x: number | null, y: number | null, };

export type Call = { request_id: string, request: Request, };

export type Request = { "do": "account_add", network: string, 
/**
 * Bluesky's handle, practice's name.
 */
handle: string | null, server: string | null, secret: SecretInput | null, 
/**
 * Of the person's own registration with the network.
 */
client_id: string | null, persona: "personal" | "official" | "anonymous" | null, client_name: string | null, local_server: boolean, plc: string | null, 
/**
 * `socks5h://[USER:PASSWORD@]HOST:PORT`, or the same with `http` or `https`.
 */
proxy: SecretInput | null, } | { "do": "account_list" } | { "do": "account_check", id: string, } | { "do": "account_sign_in", id: string, secret: SecretInput | null, 
/**
 * Of the person's own registration, under which a token is renewed.
 */
client_id: string | null, } | { "do": "sign_in_begin", account: string | null, network: string | null, handle: string | null, server: string | null, client_id: string | null, client_secret: SecretInput | null, persona: "personal" | "official" | "anonymous" | null, client_name: string | null, local_server: boolean, plc: string | null, 
/**
 * As in `AccountAdd`. An account that is signed in again goes through its own.
 */
proxy: SecretInput | null, 
/**
 * What the browser shows at the end is pasted: nothing listens on this machine.
 */
paste: boolean, } | { "do": "sign_in_wait", id: string, pasted: SecretInput | null, } | { "do": "sign_in_cancel", id: string, } | { "do": "account_sign_out", id: string, } | { "do": "account_edit", id: string, persona: "personal" | "official" | "anonymous" | null, client_name: string | null, 
/**
 * As in `AccountAdd`; `none` or nothing removes it.
 */
proxy: SecretInput | null, } | { "do": "account_remove", id: string, } | { "do": "draft_add", accounts: Array<string>, content: ContentInput, } | { "do": "draft_edit", id: string, base_rev: bigint | null, accounts: Array<string> | null, content: ContentInput, } | { "do": "draft_list" } | { "do": "draft_show", id: string, } | { "do": "draft_remove", id: string, } | { "do": "picture_add" } & PictureFileInput | { "do": "picture_begin", bytes: bigint, } | { "do": "picture_chunk" } & PictureChunkInput | { "do": "picture_end", upload: string, } | { "do": "picture_thumb", id: string, } | { "do": "post_add" } & PostInput | { "do": "post_check" } & PostInput | { "do": "post_delete", id: string, } | { "do": "queue_list", all: boolean, } | { "do": "queue_show", id: string, } | { "do": "queue_edit", id: string, content: ContentInput, thread: boolean, numbered: boolean, confirm_persona: boolean, } | { "do": "queue_when", id: string, when: WhenInput, override_window: boolean, zone: string | null, 
/**
 * Past which it is given up; as it follows from the rest, if nothing is said.
 */
expires?: string | null, } | { "do": "queue_move", id: string, to: number, } | { "do": "queue_hold", id: string, until: string | null, zone: string | null, } | { "do": "queue_approve", id: string, confirm_persona: boolean, 
/**
 * Although something like it is there, which another copy of the folder may have sent.
 */
anyway: boolean, } | { "do": "queue_retry", id: string, } | { "do": "queue_remove", id: string, discard: boolean, } | { "do": "queue_resolve", id: string, resolution: Resolution, } | { "do": "window_list" } | { "do": "window_add", name: string, title: string | null, period: PeriodInput, 
/**
 * It is there, and nothing goes out in it before it is enabled.
 */
disabled: boolean, } | { "do": "window_edit", name: string, patch: PeriodPatch, } | { "do": "window_enable", name: string, enabled: boolean, } | { "do": "window_remove", name: string, } | { "do": "hours_show" } | { "do": "hours_set", period: PeriodInput, } | { "do": "hours_add", period: PeriodInput, } | { "do": "hours_clear" } | { "do": "break_now", minutes: number, accounts: Array<string>, 
/**
 * Of the accounts named, or of all if none is, only practice: nothing goes out to the world.
 */
practice_only: boolean, } | { "do": "break_end" } | { "do": "pause", duration: string | null, until: string | null, } | { "do": "resume" } | { "do": "closed_add", from: string, to: string, zone: string | null, } | { "do": "closed_list" } | { "do": "closed_remove", id: string, } | { "do": "overtime", until: string, } | { "do": "overtime_show" } | { "do": "overtime_end" } | { "do": "day_off", date: string | null, } | { "do": "day_off_list" } | { "do": "day_off_remove", date: string, } | { "do": "holidays_show" } | { "do": "holidays_set", table: HolidayTableInput, } | { "do": "spacing_show" } | { "do": "spacing_set", 
/**
 * `None`: the default of all.
 */
account: string | null, gap_minutes: number | null, per_window: number | null, jitter: boolean | null, persona_gap_minutes: number | null, } | { "do": "spacing_as_all", account: string, } | { "do": "cost_show" } | { "do": "cost_set" } & CostPatch | { "do": "preferences_show" } | { "do": "preferences_set" } & PreferencesPatch | { "do": "spans", from: string, to: string, hours: Array<PeriodInput> | null, } | { "do": "plan", days: number | null, on: string | null, } | { "do": "status" } | { "do": "journal" } & JournalInput | { "do": "timeline", account: string, } | { "do": "practice_next", account: string, fault: FaultInput, } | { "do": "unlock" } | { "do": "adopt" } | { "do": "clock_confirm" } | { "do": "backup_list" } | { "do": "backup_make" } | { "do": "backup_restore", id: string, } | { "do": "doctor" } | { "do": "hide" } | { "do": "run_progress" } | { "do": "retire" };

export type SecretInput = string;

export type ContentInput = { parts: Array<PartInput>, cw: string | null, visibility: "public" | "unlisted" | "private" | "direct" | null, lang: string | null, reply_to: string | null, 
/**
 * The URL of a post to show beside the words.
 */
quote: string | null, 
/**
 * The URL of a post to hand on as it is: no words, no pictures.
 */
repost: string | null, 
/**
 * As an answer to the account's own last thread, where that rings fewer bells.
 */
quiet_reply: boolean, variants: Record<string, string>, };

export type PartInput = { text: string, media: Array<MediaInput>, };

export type MediaInput = { path: string | null, media: string | null, alt: string, };

export type PictureFileInput = { path: string, };

export type PictureChunkInput = { upload: string, at: bigint, base64: string, };

export type WhenInput = "next" | { "window": string } | { "at": string } | { "from_day": { day: string, window: string | null, } };

export type PostInput = { accounts: Array<string>, content: ContentInput, 
/**
 * Takes the content of this draft; the draft is gone once the post is queued.
 */
draft: string | null, 
/**
 * The revision of the draft that was read; another one is refused, so that nobody queues text they have not seen.
 * `None`: the newest.
 */
base_rev: bigint | null, 
/**
 * `---` alone on a line starts a new part, and a part still too long is split at a sentence.
 */
thread: boolean, 
/**
 * The same, and each part ends with its number: ` 2/5`.
 */
numbered: boolean, when: WhenInput, override_window: boolean, expires: string | null, hold: boolean, 
/**
 * Held until then, and asked about again: what was held so before is put back as it was.
 */
hold_until?: string | null, 
/**
 * The delivery that was taken back and is queued again: it is of the same post as before.
 */
again?: string | null, confirm_persona: boolean, 
/**
 * The zone that times are read in; the system's if none.
 */
zone: string | null, };

export type JournalInput = { since: string | null, 
/**
 * Before this moment.
 */
until: string | null, 
/**
 * So many of them, the newest. What was written down at one and the same moment stays together.
 */
limit: number | null, 
/**
 * Of each delivery only the last row that says what came of it, and the deliveries themselves.
 */
outcomes: boolean, };

export type PeriodInput = { days: string, from: string, to: string, zone: string | null, 
/**
 * Empty: all.
 */
accounts: Array<string>, 
/**
 * `usual`, `skip` or `also`.
 */
holidays: string | null, first_day: string | null, last_day: string | null, };

export type PeriodPatch = { title: string | null, days: string | null, from: string | null, to: string | null, zone: string | null, accounts: Array<string> | null, holidays: string | null, first_day: string | null, last_day: string | null, };

export type Resolution = { "there": { url: string | null, } } | "not_there" | "leave";

export type FaultInput = "lost-answer" | "refuse" | "rate-limit" | "sign-out" | "slow";

export type HolidayTableInput = "jp" | "none";

export type LanguageChoice = "system" | "ja" | "en";

export type ThemeChoice = "system" | "light" | "dark";

export type PreferencesPatch = { language?: LanguageChoice, theme?: ThemeChoice, 
/**
 * `HH:MM` by the system's clock; null: no digest.
 */
digest_at?: string | null, autostart?: boolean, veil?: boolean, 
/**
 * Keys that are heard everywhere, as `Ctrl+Alt+K`: to write, and to hide everything; null: none.
 */
shortcut_write?: string | null, shortcut_hide?: string | null, first_run_done?: boolean, awake_told?: boolean, tray_told?: boolean, };

export type CostPatch = { 
/**
 * Of all accounts together, a month in UTC; null: none.
 */
cap?: string | null, post?: string, post_with_link?: string, picture_text?: string, delete?: string, read?: string, };

export type AccountAdded = { id: string, network: string, server: string, handle: string, persona: string, };

export type RefersView = { replies: boolean, quotes: boolean, reposts: boolean, 
/**
 * Its server rings none of its own for a reply; followers elsewhere may be rung.
 */
quiet_replies: boolean, };

export type BellsView = { post: string, reply: string, repost: string, };

export type AccountView = { id: string, network: string, server: string, handle: string, persona: string, 
/**
 * What the program calls itself there, if a person chose a name.
 */
client_name: string | null, 
/**
 * `ok`, `needs_sign_in`, `proxy_missing`, `out_of_credit`, `unreachable` or `refused`.
 */
health: string, session_ends_at: string | null, 
/**
 * The kind of its proxy: `socks5h`, `http` or `https`.
 */
proxy: string | null, refers: RefersView, bells: BellsView, 
/**
 * When its server was last asked about itself.
 */
checked_at: string | null, };

export type Accounts = { accounts: Array<AccountView>, };

export type AccountChanged = { id: string, network: string, server: string, handle: string, persona: string, health: string, session_ends_at: string | null, proxy: string | null, moved: Array<MovedView>, };

export type SignInBegun = { id: string, url: string, until: string, };

export type AccountRemoved = { drafts: Array<string>, moved: Array<MovedView>, };

export type DraftAdded = { id: string, rev: bigint, findings: Array<FindingView>, };

export type DraftView = { id: string, text: string, accounts: Array<string>, updated_at: string, rev: bigint, };

export type Drafts = { drafts: Array<DraftView>, };

export type PictureView = { id: string, alt: string, mime: string, width: number, height: number, bytes: bigint, sha256: string, };

export type PictureAdded = { removed: boolean, id: string, alt: string, mime: string, width: number, height: number, bytes: bigint, sha256: string, };

export type PictureBegun = { upload: string, };

export type PictureThumb = { mime: string, base64: string, };

export type PartView = { text: string, media: Array<PictureView>, };

export type ContentView = { parts: Array<PartView>, cw: string | null, visibility: string | null, lang: string | null, reply_to: string | null, quote: string | null, repost: string | null, quiet_reply: boolean, 
/**
 * Network to text.
 */
variants: { [key in string]: string }, };

export type DraftDetail = { id: string, text: string, accounts: Array<string>, updated_at: string, rev: bigint, cw: string | null, visibility: string | null, lang: string | null, reply_to: string | null, media: Array<PictureView>, content: ContentView, };

export type QueuedView = { id: string, account: string, state: string, planned_at: string | null, window: string | null, };

export type MovedView = { id: string, from: string | null, to: string | null, };

export type PostAdded = { post: string, deliveries: Array<QueuedView>, moved: Array<MovedView>, findings: Array<FindingView>, };

export type Moved = { moved: Array<MovedView>, };

export type FindingView = { rule: string, 
/**
 * `block`, `hold`, `warn` or `note`.
 */
severity: string, 
/**
 * The sentence, in the reader's language: filled in by the client.
 */
message: string, account: string | null, part: number | null, 
/**
 * In Unicode code points.
 */
from: number | null, to: number | null, args?: { [key in string]: string }, };

export type AccountCheck = { length: number, limit: number, bells: string, cost_usd: number | null, parts: number, 
/**
 * How long a picture's description may be, in code points.
 */
alt_max: number, 
/**
 * The parts as they would go out.
 */
pieces: Array<PieceView>, };

export type PieceView = { 
/**
 * With its number, where the parts have one.
 */
text: string, length: number, pictures: number, bells: string, cost_usd: number | null, };

export type TrialView = { 
/**
 * The time that is drawn lies at most a quarter of an hour behind it.
 */
not_before: string | null, window: string | null, 
/**
 * Why it has no time.
 */
reason: string | null, };

export type Findings = { findings: Array<FindingView>, accounts: { [key in string]: AccountCheck }, 
/**
 * By account; empty if that time cannot be asked for.
 */
times: { [key in string]: TrialView }, };

export type VisibilityDiffersView = { asked: string, got: string, };

export type ReceiptView = { part: number, id: string | null, url: string | null, };

export type DeliveryView = { id: string, post: string, account: string, state: string, reason: string | null, position: number | null, planned_at: string | null, window: string | null, text: string, parts: number, parts_sent: number, attempts: number, frozen: boolean, expires_at: string | null, url: string | null, 
/**
 * The API's code and the server's own words, if it said no.
 */
code: string | null, server_words: string | null, 
/**
 * What that means where its documentation tells: the catalogues' `said.*`, with a next step in `said_next.*`.
 */
said: string | null, 
/**
 * When the post call of an unknown outcome was first made.
 */
asked_at: string | null, looks: number | null, 
/**
 * No answer was lost: another copy of the folder may have sent it.
 */
copied: boolean, 
/**
 * The address of what may be it.
 */
alike: string | null, 
/**
 * What it has waited for too long, in the words of `status.waits`.
 */
waits: string | null, sent_at: string | null, 
/**
 * The address of the post that it hands on; its own text is empty then.
 */
repost: string | null, 
/**
 * `post delete` has something to take down.
 */
deletable: boolean, 
/**
 * Since when nothing of it is there any more.
 */
deleted_at: string | null, 
/**
 * Parts that were sent and not taken down, from 1.
 */
parts_there: Array<number>, visibility_differs: VisibilityDiffersView | null, 
/**
 * What was asked for; `planned_at` is what came of it.
 */
when: WhenInput, override_window: boolean, 
/**
 * When a held one asks again.
 */
hold_until: string | null, receipts: Array<ReceiptView>, };

export type Deliveries = { deliveries: Array<DeliveryView>, };

export type TryView = { n: number, part: number, began_at: string, ended_at: string | null, outcome: string | null, code: string | null, };

export type DeliveryDetail = { findings: Array<FindingView>, tries: Array<TryView>, content: ContentView, id: string, post: string, account: string, state: string, reason: string | null, position: number | null, planned_at: string | null, window: string | null, text: string, parts: number, parts_sent: number, attempts: number, frozen: boolean, expires_at: string | null, url: string | null, 
/**
 * The API's code and the server's own words, if it said no.
 */
code: string | null, server_words: string | null, 
/**
 * What that means where its documentation tells: the catalogues' `said.*`, with a next step in `said_next.*`.
 */
said: string | null, 
/**
 * When the post call of an unknown outcome was first made.
 */
asked_at: string | null, looks: number | null, 
/**
 * No answer was lost: another copy of the folder may have sent it.
 */
copied: boolean, 
/**
 * The address of what may be it.
 */
alike: string | null, 
/**
 * What it has waited for too long, in the words of `status.waits`.
 */
waits: string | null, sent_at: string | null, 
/**
 * The address of the post that it hands on; its own text is empty then.
 */
repost: string | null, 
/**
 * `post delete` has something to take down.
 */
deletable: boolean, 
/**
 * Since when nothing of it is there any more.
 */
deleted_at: string | null, 
/**
 * Parts that were sent and not taken down, from 1.
 */
parts_there: Array<number>, visibility_differs: VisibilityDiffersView | null, 
/**
 * What was asked for; `planned_at` is what came of it.
 */
when: WhenInput, override_window: boolean, 
/**
 * When a held one asks again.
 */
hold_until: string | null, receipts: Array<ReceiptView>, };

export type Resolved = { moved: Array<MovedView>, findings: Array<FindingView>, tries: Array<TryView>, content: ContentView, id: string, post: string, account: string, state: string, reason: string | null, position: number | null, planned_at: string | null, window: string | null, text: string, parts: number, parts_sent: number, attempts: number, frozen: boolean, expires_at: string | null, url: string | null, 
/**
 * The API's code and the server's own words, if it said no.
 */
code: string | null, server_words: string | null, 
/**
 * What that means where its documentation tells: the catalogues' `said.*`, with a next step in `said_next.*`.
 */
said: string | null, 
/**
 * When the post call of an unknown outcome was first made.
 */
asked_at: string | null, looks: number | null, 
/**
 * No answer was lost: another copy of the folder may have sent it.
 */
copied: boolean, 
/**
 * The address of what may be it.
 */
alike: string | null, 
/**
 * What it has waited for too long, in the words of `status.waits`.
 */
waits: string | null, sent_at: string | null, 
/**
 * The address of the post that it hands on; its own text is empty then.
 */
repost: string | null, 
/**
 * `post delete` has something to take down.
 */
deletable: boolean, 
/**
 * Since when nothing of it is there any more.
 */
deleted_at: string | null, 
/**
 * Parts that were sent and not taken down, from 1.
 */
parts_there: Array<number>, visibility_differs: VisibilityDiffersView | null, 
/**
 * What was asked for; `planned_at` is what came of it.
 */
when: WhenInput, override_window: boolean, 
/**
 * When a held one asks again.
 */
hold_until: string | null, receipts: Array<ReceiptView>, };

export type Removed = { draft: string | null, moved: Array<MovedView>, };

export type WindowView = { name: string, title: string, days: Array<string>, from: string, to: string, zone: string | null, accounts: Array<string> | null, holidays: string, enabled: boolean, first_day: string | null, last_day: string | null, };

export type Windows = { windows: Array<WindowView>, moved: Array<MovedView>, now_next: number, };

export type Hours = { hours: Array<WindowView>, moved: Array<MovedView>, };

export type HolidayView = { date: string, name: string, };

export type HolidaysView = { table: string, covered_from: number | null, covered_to: number | null, 
/**
 * Those of the year that begins today.
 */
coming: Array<HolidayView>, moved: Array<MovedView>, };

export type OpenView = { from: string, to: string, window: string, };

export type WillSendView = { delivery: string, at: string, };

export type WaitView = { delivery: string, reason: string, until: string | null, };

export type Spread = { open: Array<OpenView>, will_send: Array<WillSendView>, waits: Array<WaitView>, moved: Array<MovedView>, };

export type ClosedView = { id: string, from: string, to: string, };

export type ClosedAdded = { id: string, open: Array<OpenView>, will_send: Array<WillSendView>, waits: Array<WaitView>, moved: Array<MovedView>, };

export type ClosedList = { closed: Array<ClosedView>, };

export type OvertimeView = { from: string | null, until: string | null, };

export type DaysOff = { days: Array<string>, };

export type SpacingPart = { gap_minutes: number, per_window: number, jitter: boolean, persona_gap_minutes: number, };

export type SpacingView = { default: SpacingPart, accounts: { [key in string]: SpacingPart }, moved: Array<MovedView>, };

export type CostPrices = { post: number, post_with_link: number, picture_text: number, delete: number, read: number, };

export type CostView = { cap_usd: number | null, spent_usd: number, left_usd: number | null, month: string, prices: CostPrices, accounts: { [key in string]: number }, moved: Array<MovedView>, };

export type Preferences = { language: LanguageChoice, theme: ThemeChoice, 
/**
 * `HH:MM` by the system's clock; null: no digest.
 */
digest_at: string | null, 
/**
 * The resident starts when the person signs in.
 */
autostart: boolean, 
/**
 * It can be chosen here: the system's way is built, and this is the usual folder.
 */
autostart_possible: boolean, veil: boolean, 
/**
 * Keys that are heard everywhere, as `Ctrl+Alt+K`; null: none.
 */
shortcut_write: string | null, shortcut_hide: string | null, first_run_done: boolean, awake_told: boolean, 
/**
 * The person has read what to do where the desktop shows no tray icons.
 */
tray_told: boolean, };

export type SpanView = { from: string, to: string, window: string, accounts: Array<string> | null, };

export type WorkView = { from: string, to: string, accounts: Array<string> | null, };

export type Spans = { open: Array<SpanView>, work: Array<WorkView>, };

export type WhyNotSooner = { code: string, until: string | null, text: string, };

export type PlanView = { id: string, account: string, planned_at: string | null, window: string | null, reason: string | null, why_not_sooner: Array<WhyNotSooner>, };

export type Plan = { deliveries: Array<PlanView>, notes: Array<string>, };

export type RunView = { sent: bigint, rejected: bigint, unknown: bigint, needs_you: bigint, waiting: bigint, next_at: string | null, done: boolean, };

export type Status = { 
/**
 * `resident`, `run` or `none`.
 */
host: string, 
/**
 * `idle`, `queued`, `paused` or `needs_you`.
 */
state: string, next_at: string | null, counts: { [key in string]: bigint }, 
/**
 * Why nothing at all goes out now, if so.
 */
reason: string | null, 
/**
 * What has waited too long, in the words of `reason` and `state`; what matters most first.
 */
waits: Array<string>, 
/**
 * When the break that runs now ends, and the pause, if that has an end.
 */
break_until: string | null, paused_until: string | null, 
/**
 * Whether the desktop shows the resident's icon; null where nobody knows, or no icon is built.
 */
tray: boolean | null, 
/**
 * What the desktop lets the resident do about keys that are heard everywhere; null where no resident asked it.
 */
shortcuts: ShortcutsView | null, drafts: bigint, 
/**
 * Deliveries that others see than were meant to, and that were not taken down.
 */
visibility_differs: bigint, };

export type ShortcutsView = { desktop: string, taken: Array<string>, };

export type JournalView = { at: string, delivery: string | null, attempt: string | null, event: string, detail: string | null, account: string | null, };

export type Journal = { entries: Array<JournalView>, more: string | null, deliveries: Array<DeliveryView>, };

export type TimelinePictureView = { alt: string, sha256: string, };

export type TimelinePostView = { id: string, text: string, published_at: string, reply_to: string | null, cw: string | null, media: Array<TimelinePictureView>, };

export type Timeline = { posts: Array<TimelinePostView>, };

export type BackupView = { id: string, at: string, why: string, bytes: bigint, whole: boolean | null, };

export type Backups = { backups: Array<BackupView>, };

export type Check = { name: string, ok: boolean, message: string, hint: string | null, };

export type Doctor = { checks: Array<Check>, };

