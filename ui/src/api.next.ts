// What the window asks beyond api.gen.ts, until it is generated too, and which request is answered by what.
import type * as gen from "./api.gen";

/** JSON has no big integers: what is generated as `bigint` arrives, and is sent, as a number. */
export type Plain<T> = T extends bigint
  ? number
  : T extends (infer U)[]
    ? Plain<U>[]
    : T extends object
      ? { [K in keyof T]: Plain<T[K]> }
      : T;

export type Code = gen.Code;
export type Problem = Plain<gen.Problem>;
export type ContentInput = Plain<gen.ContentInput>;
export type PartInput = gen.PartInput;
export type MediaInput = gen.MediaInput;
export type PostInput = Plain<gen.PostInput>;
export type WhenInput = gen.WhenInput;
export type PeriodInput = gen.PeriodInput;
export type PeriodPatch = gen.PeriodPatch;
export type Resolution = gen.Resolution;
export type AccountView = gen.AccountView;
export type DraftView = Plain<gen.DraftView>;
export type DraftDetail = Plain<gen.DraftDetail>;
export type DraftAdded = Plain<gen.DraftAdded>;
export type FindingView = gen.FindingView;
export type Findings = gen.Findings;
export type AccountCheck = gen.AccountCheck;
export type TrialView = gen.TrialView;
export type DeliveryView = gen.DeliveryView;
export type DeliveryDetail = Plain<gen.DeliveryDetail>;
export type PlanView = gen.PlanView;
export type PostAdded = gen.PostAdded;
export type WindowView = gen.WindowView;
export type ClosedView = gen.ClosedView;
export type BackupView = Plain<gen.BackupView>;
export type Check = gen.Check;
export type HolidaysView = gen.HolidaysView;
export type MovedView = gen.MovedView;
export type Spread = gen.Spread;
export type SpacingPart = gen.SpacingPart;
export type SpacingView = gen.SpacingView;
export type WhyNotSooner = gen.WhyNotSooner;
export type JournalView = gen.JournalView;
export type Status = Plain<gen.Status>;
export type TimelinePostView = gen.TimelinePostView;

export type PictureView = Plain<gen.PictureView>;
export type PictureAdded = Plain<gen.PictureAdded>;

export type Preferences = gen.Preferences;
export type Spans = gen.Spans;
export type CostPatch = gen.CostPatch;
export type CostView = gen.CostView;
export type SignInBegun = gen.SignInBegun;

export type Persona = "personal" | "official" | "anonymous";
export type Visibility = "public" | "unlisted" | "private" | "direct";

export type Request = Plain<gen.Request>;

export type HostEvent = Plain<gen.Event>;

type Nothing = Record<string, never>;

/** The answer to each request that the page makes. */
export interface Answers {
  account_add: gen.AccountAdded;
  account_list: gen.Accounts;
  account_check: gen.AccountView;
  account_sign_in: unknown;
  sign_in_begin: gen.SignInBegun;
  sign_in_wait: gen.AccountChanged;
  sign_in_cancel: Nothing;
  account_sign_out: gen.AccountChanged;
  account_edit: unknown;
  account_remove: unknown;
  draft_add: DraftAdded;
  draft_edit: DraftAdded;
  draft_list: Plain<gen.Drafts>;
  draft_show: DraftDetail;
  draft_remove: Nothing;
  post_add: PostAdded;
  post_check: Findings;
  post_delete: DeliveryDetail;
  queue_list: gen.Deliveries;
  queue_show: DeliveryDetail;
  queue_edit: unknown;
  queue_when: gen.Moved;
  queue_move: gen.Moved;
  queue_hold: gen.Moved;
  queue_approve: gen.Moved;
  queue_retry: gen.Moved;
  queue_remove: gen.Removed;
  queue_resolve: DeliveryDetail;
  window_list: gen.Windows;
  window_add: gen.Windows;
  window_edit: gen.Windows;
  window_enable: gen.Windows;
  window_remove: gen.Windows;
  hours_show: gen.Hours;
  hours_set: gen.Hours;
  hours_add: gen.Hours;
  hours_clear: gen.Hours;
  break_now: Spread;
  break_end: Spread;
  pause: Spread;
  resume: Spread;
  closed_list: gen.ClosedList;
  closed_add: gen.ClosedAdded;
  closed_remove: Spread;
  overtime: Spread;
  overtime_show: gen.OvertimeView;
  overtime_end: Spread;
  day_off: Spread;
  day_off_list: gen.DaysOff;
  day_off_remove: Spread;
  holidays_show: gen.HolidaysView;
  holidays_set: gen.HolidaysView;
  spacing_show: gen.SpacingView;
  spacing_set: gen.SpacingView;
  spacing_as_all: gen.SpacingView;
  cost_show: CostView;
  cost_set: CostView;
  spans: Spans;
  plan: gen.Plan;
  status: Status;
  journal: gen.Journal;
  timeline: gen.Timeline;
  unlock: unknown;
  clock_confirm: unknown;
  adopt: unknown;
  backup_list: Plain<gen.Backups>;
  backup_make: BackupView;
  backup_restore: unknown;
  doctor: gen.Doctor;
  picture_add: PictureAdded;
  picture_begin: gen.PictureBegun;
  picture_chunk: Nothing;
  picture_end: PictureAdded;
  picture_thumb: gen.PictureThumb;
  preferences_show: Preferences;
  preferences_set: Preferences;
}
