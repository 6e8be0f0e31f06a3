//! How far apart posts go.

use kossori_api::{Code, MovedView, Problem, SpacingPart, SpacingView};
use kossori_core::rules::Spacing;

use super::put_setting;
use crate::engine::Engine;
use crate::planning::{Redraw, SpacingSettings};
use crate::problem::{Outcome, of_store};

impl Engine {
    pub(crate) async fn spacing_show(&self) -> Outcome<SpacingView> {
        Ok(spacing_view(&self.spacing().await?, Vec::new()))
    }

    #[allow(clippy::too_many_arguments, reason = "each is one flag of the command")]
    pub(crate) async fn spacing_set(
        &self,
        account: Option<&str>,
        gap_minutes: Option<u32>,
        per_window: Option<u32>,
        jitter: Option<bool>,
        persona_gap_minutes: Option<u32>,
    ) -> Outcome<SpacingView> {
        let account = match account {
            Some(id) => Some(self.account(id).await?.id),
            None => None,
        };
        let _gate = self.gate.lock().await;
        let mut spacing = self.spacing().await?;
        let accounts = self.board().await?.accounts;
        if let Some(distance) = persona_gap_minutes {
            let least = Spacing::default().persona_gap_minutes;
            // It lies between any two accounts: one of them cannot set it for itself.
            if account.is_some() {
                return Err(Problem::new(Code::Usage).with("text", "--persona-gap"));
            }
            if distance < least && !Engine::persona_distance_may_shrink(&accounts) {
                return Err(Problem::new(Code::SpacingTooNear).with("least", least));
            }
        }
        if per_window == Some(0) {
            return Err(Problem::new(Code::Usage).with("text", "--per-window"));
        }
        let default = spacing.default.clone();
        let part = match &account {
            Some(id) => spacing.accounts.entry(id.clone()).or_insert(default),
            None => &mut spacing.default,
        };
        part.gap_minutes = gap_minutes.unwrap_or(part.gap_minutes);
        part.per_window = per_window.unwrap_or(part.per_window);
        part.jitter = jitter.unwrap_or(part.jitter);
        part.persona_gap_minutes = persona_gap_minutes.unwrap_or(part.persona_gap_minutes);
        self.keep_spacing(spacing).await
    }

    /// The account keeps to what holds for all again, also when that changes.
    pub(crate) async fn spacing_as_all(&self, account: &str) -> Outcome<SpacingView> {
        let account = self.account(account).await?.id;
        let _gate = self.gate.lock().await;
        let mut spacing = self.spacing().await?;
        spacing.accounts.remove(&account);
        self.keep_spacing(spacing).await
    }

    /// The caller holds the gate.
    async fn keep_spacing(&self, spacing: SpacingSettings) -> Outcome<SpacingView> {
        let mut board = self.board_with(self.rules().await?, spacing).await?;
        let drawn = self.draw(&mut board, &Redraw::OnlyWhatMust);
        let mut changes = vec![put_setting("spacing", &board.spacing)];
        changes.extend(drawn.changes);
        self.ports.store.commit(changes).await.map_err(of_store)?;
        self.tell_changed();
        Ok(spacing_view(&board.spacing, drawn.moved))
    }
}

fn spacing_view(spacing: &SpacingSettings, moved: Vec<MovedView>) -> SpacingView {
    let part = |spacing: &Spacing| SpacingPart {
        gap_minutes: spacing.gap_minutes,
        per_window: spacing.per_window,
        jitter: spacing.jitter,
        persona_gap_minutes: spacing.persona_gap_minutes,
    };
    SpacingView {
        default: part(&spacing.default),
        accounts: spacing
            .accounts
            .iter()
            .map(|(id, own)| (id.to_string(), part(own)))
            .collect(),
        moved,
    }
}
