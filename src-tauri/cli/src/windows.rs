//! `window`, `hours`, `spacing`, `holidays`: the person's own time, as it always is.

use clap::{Args, Subcommand, ValueEnum};
use kossori_api::{
    HolidayTableInput, HolidaysView, Hours as HoursView, PeriodInput, PeriodPatch, Request, SpacingPart,
    SpacingView, WindowView, Windows,
};
use serde_json::Value;

use crate::content::usage;
use crate::task::{Outcome, Task, read};
use crate::words::Words;

#[derive(Subcommand)]
pub enum Window {
    /// All of them
    #[command(after_help = "Example:\n  kossorictl window list")]
    List,
    /// Add one
    #[command(after_help = "Example:\n  kossorictl window add tea --days mon-fri --from 15:00 --to 15:15")]
    Add {
        name: String,
        /// How it is shown
        #[arg(long, value_name = "T")]
        title: Option<String>,
        #[command(flatten)]
        period: Box<Period>,
    },
    /// Change one; what is not named stays
    #[command(after_help = "Example:\n  kossorictl window edit lunch --to 12:45")]
    Edit {
        name: String,
        #[command(flatten)]
        patch: Box<Patch>,
    },
    /// Switch one on
    #[command(after_help = "Example:\n  kossorictl window enable evening")]
    Enable { name: String },
    /// Switch one off
    #[command(after_help = "Example:\n  kossorictl window disable evening")]
    Disable { name: String },
    /// Remove one; its deliveries go in the next window
    #[command(after_help = "Example:\n  kossorictl window remove tea")]
    Remove { name: String },
}

#[derive(Args)]
pub struct Period {
    /// mon-fri, sat,sun or daily
    #[arg(long, value_name = "D")]
    days: String,
    #[arg(long, value_name = "HH:MM")]
    from: String,
    /// 24:00 is a legal end
    #[arg(long, value_name = "HH:MM")]
    to: String,
    /// A zone such as Asia/Tokyo [default: the system's]
    #[arg(long, value_name = "Z")]
    zone: Option<String>,
    /// For these accounts alone
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<String>,
    /// On public holidays
    #[arg(long, value_name = "H")]
    holidays: Option<OnHolidays>,
    #[arg(long, value_name = "D")]
    first_day: Option<String>,
    #[arg(long, value_name = "D")]
    last_day: Option<String>,
}

#[derive(Args)]
pub struct Patch {
    #[arg(long, value_name = "T")]
    title: Option<String>,
    #[arg(long, value_name = "D")]
    days: Option<String>,
    #[arg(long, value_name = "HH:MM")]
    from: Option<String>,
    #[arg(long, value_name = "HH:MM")]
    to: Option<String>,
    /// `system` is the system's
    #[arg(long, value_name = "Z")]
    zone: Option<String>,
    #[arg(long = "account", value_name = "ID", conflicts_with = "all_accounts")]
    accounts: Vec<String>,
    /// For all accounts again
    #[arg(long)]
    all_accounts: bool,
    #[arg(long, value_name = "H")]
    holidays: Option<OnHolidays>,
    /// Empty takes it away
    #[arg(long, value_name = "D")]
    first_day: Option<String>,
    /// Empty takes it away
    #[arg(long, value_name = "D")]
    last_day: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum OnHolidays {
    Usual,
    Skip,
    Also,
}

impl OnHolidays {
    fn word(self) -> String {
        match self {
            OnHolidays::Usual => "usual",
            OnHolidays::Skip => "skip",
            OnHolidays::Also => "also",
        }
        .to_owned()
    }
}

#[derive(Subcommand)]
pub enum Hours {
    /// All of them
    #[command(after_help = "Example:\n  kossorictl hours show")]
    Show,
    /// These, in place of all others
    #[command(after_help = "Example:\n  kossorictl hours set --days mon-fri --from 9:00 --to 18:00")]
    Set(Box<WorkHours>),
    /// These too
    #[command(after_help = "Example:\n  kossorictl hours add --days sat --from 10:00 --to 12:00")]
    Add(Box<WorkHours>),
    /// None
    #[command(after_help = "Example:\n  kossorictl hours clear")]
    Clear,
}

#[derive(Args)]
pub struct WorkHours {
    /// mon-fri, sat,sun or daily
    #[arg(long, value_name = "D")]
    days: String,
    #[arg(long, value_name = "HH:MM")]
    from: String,
    #[arg(long, value_name = "HH:MM")]
    to: String,
    #[arg(long, value_name = "Z")]
    zone: Option<String>,
    /// On public holidays [default: skip]
    #[arg(long, value_name = "H")]
    holidays: Option<WorkOnHolidays>,
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum WorkOnHolidays {
    Skip,
    Usual,
}

#[derive(Subcommand)]
pub enum Spacing {
    /// What holds now
    #[command(after_help = "Example:\n  kossorictl spacing show")]
    Show,
    /// Change it, for all accounts or one
    #[command(after_help = "Example:\n  kossorictl spacing set --gap 45 --per-window 1")]
    Set(SpacingSet),
}

#[derive(Args)]
pub struct SpacingSet {
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Least minutes between two posts of an account
    #[arg(long, value_name = "MINUTES")]
    gap: Option<u32>,
    /// Most posts of an account in one occurrence of a window
    #[arg(long, value_name = "N")]
    per_window: Option<u32>,
    /// Let the minute differ
    #[arg(long, value_name = "ON")]
    jitter: Option<Switch>,
    /// Least minutes between two personas
    #[arg(long, value_name = "MINUTES")]
    persona_gap: Option<u32>,
    /// Give up what was set for this account alone: it keeps to what holds for all again
    #[arg(
        long,
        requires = "account",
        conflicts_with_all = ["gap", "per_window", "jitter", "persona_gap"]
    )]
    as_all: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    On,
    Off,
}

#[derive(Subcommand)]
pub enum Holidays {
    /// Which table counts
    #[command(after_help = "Example:\n  kossorictl holidays show")]
    Show,
    /// jp: Japan's; none: no public holidays
    #[command(after_help = "Example:\n  kossorictl holidays set jp")]
    Set { table: Table },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Table {
    Jp,
    None,
}

pub fn window(window: Window) -> Outcome<Task> {
    Ok(match window {
        Window::List => Task::ask(Request::WindowList, show_windows),
        Window::Add { name, title, period } => Task::ask(
            Request::WindowAdd {
                name,
                title,
                period: of_period(*period),
                disabled: false,
            },
            show_windows,
        ),
        Window::Edit { name, patch } => {
            let patch = of_patch(*patch);
            if patch == PeriodPatch::default() {
                return Err(usage("window edit"));
            }
            Task::ask(Request::WindowEdit { name, patch }, show_windows)
        }
        Window::Enable { name } => Task::ask(Request::WindowEnable { name, enabled: true }, show_windows),
        Window::Disable { name } => Task::ask(Request::WindowEnable { name, enabled: false }, show_windows),
        Window::Remove { name } => Task::ask(Request::WindowRemove { name }, show_windows),
    })
}

fn of_period(period: Period) -> PeriodInput {
    PeriodInput {
        days: period.days,
        from: period.from,
        to: period.to,
        zone: period.zone,
        accounts: period.accounts,
        holidays: period.holidays.map(OnHolidays::word),
        first_day: period.first_day,
        last_day: period.last_day,
    }
}

fn of_patch(patch: Patch) -> PeriodPatch {
    let some = !patch.accounts.is_empty() || patch.all_accounts;
    PeriodPatch {
        title: patch.title,
        days: patch.days,
        from: patch.from,
        to: patch.to,
        zone: patch.zone,
        accounts: some.then_some(patch.accounts),
        holidays: patch.holidays.map(OnHolidays::word),
        first_day: patch.first_day,
        last_day: patch.last_day,
    }
}

pub fn hours(hours: Hours) -> Task {
    let request = match hours {
        Hours::Show => Request::HoursShow,
        Hours::Set(period) => Request::HoursSet {
            period: of_work(*period),
        },
        Hours::Add(period) => Request::HoursAdd {
            period: of_work(*period),
        },
        Hours::Clear => Request::HoursClear,
    };
    Task::ask(request, show_hours)
}

fn of_work(work: WorkHours) -> PeriodInput {
    let holidays = work.holidays.map(|holidays| match holidays {
        WorkOnHolidays::Skip => "skip".to_owned(),
        WorkOnHolidays::Usual => "usual".to_owned(),
    });
    PeriodInput {
        days: work.days,
        from: work.from,
        to: work.to,
        zone: work.zone,
        accounts: work.accounts,
        holidays,
        first_day: None,
        last_day: None,
    }
}

pub fn spacing(spacing: &Spacing) -> Outcome<Task> {
    Ok(match spacing {
        Spacing::Show => Task::ask(Request::SpacingShow, show_spacing),
        Spacing::Set(SpacingSet {
            account: Some(account),
            as_all: true,
            ..
        }) => {
            let account = account.clone();
            Task::ask(Request::SpacingAsAll { account }, show_spacing)
        }
        Spacing::Set(set) => {
            let nothing = set.gap.is_none()
                && set.per_window.is_none()
                && set.jitter.is_none()
                && set.persona_gap.is_none();
            if nothing {
                return Err(usage("spacing set"));
            }
            let request = Request::SpacingSet {
                account: set.account.clone(),
                gap_minutes: set.gap,
                per_window: set.per_window,
                jitter: set.jitter.map(|switch| switch == Switch::On),
                persona_gap_minutes: set.persona_gap,
            };
            Task::ask(request, show_spacing)
        }
    })
}

pub fn holidays(holidays: &Holidays) -> Task {
    let request = match holidays {
        Holidays::Show => Request::HolidaysShow,
        Holidays::Set { table: Table::Jp } => Request::HolidaysSet {
            table: HolidayTableInput::Jp,
        },
        Holidays::Set { table: Table::None } => Request::HolidaysSet {
            table: HolidayTableInput::None,
        },
    };
    Task::ask(request, show_holidays)
}

fn show_windows(words: &Words, answer: Value) -> Outcome<String> {
    let list: Windows = read(answer)?;
    let rows: Vec<Vec<String>> = list.windows.iter().map(|window| row(words, window)).collect();
    let table = if rows.is_empty() {
        words.say("cli.windows_none", &[])
    } else {
        words.table(&rows)
    };
    let next = match list.now_next {
        0 => String::new(),
        n => words.say("cli.now_next", &[("count", &n.to_string())]),
    };
    Ok(words.lines([table, next, words.moved(&list.moved)]))
}

fn show_hours(words: &Words, answer: Value) -> Outcome<String> {
    let hours: HoursView = read(answer)?;
    let rows: Vec<Vec<String>> = hours
        .hours
        .iter()
        .map(|work| row(words, work).split_off(2))
        .collect();
    let table = if rows.is_empty() {
        words.say("cli.hours_none", &[])
    } else {
        words.table(&rows)
    };
    Ok(words.lines([table, words.moved(&hours.moved)]))
}

fn row(words: &Words, window: &WindowView) -> Vec<String> {
    vec![
        window.name.clone(),
        window.title.clone(),
        window.days.join(","),
        words.say("cli.span", &[("from", &window.from), ("to", &window.to)]),
        window.zone.clone().unwrap_or_default(),
        if window.holidays == "usual" {
            String::new()
        } else {
            words.word("holidays", &window.holidays)
        },
        if window.enabled {
            String::new()
        } else {
            words.say("cli.off", &[])
        },
    ]
}

fn show_spacing(words: &Words, answer: Value) -> Outcome<String> {
    let spacing: SpacingView = read(answer)?;
    let line = |who: &str, part: &SpacingPart| {
        let jitter = words.say(if part.jitter { "cli.on" } else { "cli.off" }, &[]);
        words.say(
            "cli.spacing",
            &[
                ("who", who),
                ("gap", &part.gap_minutes.to_string()),
                ("per_window", &part.per_window.to_string()),
                ("jitter", &jitter),
                ("persona_gap", &part.persona_gap_minutes.to_string()),
            ],
        )
    };
    let all = line(&words.say("cli.spacing_all", &[]), &spacing.default);
    let own = spacing.accounts.iter().map(|(id, part)| line(id, part));
    Ok(words.lines([all].into_iter().chain(own).chain([words.moved(&spacing.moved)])))
}

fn show_holidays(words: &Words, answer: Value) -> Outcome<String> {
    let view: HolidaysView = read(answer)?;
    let year = |year: Option<i16>| year.map(|year| year.to_string()).unwrap_or_default();
    let key = format!("cli.holiday_table.{}", view.table);
    let said = words.say(
        &key,
        &[("from", &year(view.covered_from)), ("to", &year(view.covered_to))],
    );
    let coming: Vec<Vec<String>> = view
        .coming
        .iter()
        .map(|day| vec![day.date.clone(), words.word("holiday", &day.name)])
        .collect();
    let coming = if coming.is_empty() {
        String::new()
    } else {
        words.table(&coming)
    };
    Ok(words.lines([said, coming, words.moved(&view.moved)]))
}
